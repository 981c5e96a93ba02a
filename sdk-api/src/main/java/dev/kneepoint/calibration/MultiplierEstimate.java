package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;

/**
 * What measured points say of one multiplier.
 *
 * @param which the multiplier
 * @param value its most probable value
 * @param low lower end of its 80 % interval
 * @param high upper end of it
 * @param learned share of the uncertainty before any point that the points took away: 0 if they say nothing of it, 1 if
 *     they fix it
 */
@Incubating
public record MultiplierEstimate(Multiplier which, double value, double low, double high, double learned) {}
