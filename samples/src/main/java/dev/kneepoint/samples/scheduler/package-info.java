/** A scheduler that asks for the knee of a job when it is submitted. */
@NullMarked
package dev.kneepoint.samples.scheduler;

import org.jspecify.annotations.NullMarked;
