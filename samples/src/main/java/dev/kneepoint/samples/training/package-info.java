/** A training loop in plain Java that reports its own steps. */
@NullMarked
package dev.kneepoint.samples.training;

import org.jspecify.annotations.NullMarked;
