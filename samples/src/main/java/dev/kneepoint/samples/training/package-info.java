/**
 * A training loop of one's own that reports its steps to Kneepoint. Start from
 * {@link dev.kneepoint.samples.training.TrainingLoop}.
 */
@NullMarked
package dev.kneepoint.samples.training;

import org.jspecify.annotations.NullMarked;
