package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;

/**
 * A point that does not go with the others.
 *
 * @param point the point
 * @param relativeError predicted over measured, minus 1
 * @param excluded whether the fit left it out; it stays in where too few others would remain
 */
@Incubating
public record Outlier(MeasuredPoint point, double relativeError, boolean excluded) {}
