package dev.kneepoint.calibration;

/**
 * What one group of runs has in common: the logarithm of a multiplier, over or under that of the groups that it belongs
 * to.
 *
 * @param kind which multiplier
 * @param sigma standard deviation of the logarithm before any measurement
 */
record Effect(Multiplier kind, double sigma) {}
