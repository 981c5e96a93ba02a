/**
 * Studies over a range of sizes and strategies, and their results. Start from {@link dev.kneepoint.study.ScalingStudy}.
 */
@NullMarked
package dev.kneepoint.study;

import org.jspecify.annotations.NullMarked;
