/**
 * How the work is spread over devices. Start from {@link dev.kneepoint.strategy.ParallelismStrategy} and its text form. Knows models and clusters, not what a step costs.
 */
@NullMarked
package dev.kneepoint.strategy;

import org.jspecify.annotations.NullMarked;
