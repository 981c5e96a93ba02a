package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;

/**
 * One constant before and after a fit.
 *
 * @param profile the profile it stands in, for example {@code hopper gemm}
 * @param name its name in files
 * @param before value before
 * @param after value after
 * @param rows measured rows that it was fitted on
 * @since 0.1
 */
@Incubating
public record FittedConstant(String profile, String name, double before, double after, int rows) {}
