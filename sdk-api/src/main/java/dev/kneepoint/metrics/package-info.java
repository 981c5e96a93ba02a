/**
 * What an execution gave: timelines, the classes of time, and the uniform metrics with one definition each. Start from {@link dev.kneepoint.metrics.ScalingMetrics}.
 */
@NullMarked
package dev.kneepoint.metrics;

import org.jspecify.annotations.NullMarked;
