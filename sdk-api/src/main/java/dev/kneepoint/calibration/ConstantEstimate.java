package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;

/**
 * What a fit makes of a constant.
 *
 * @param constant the constant
 * @param value its value
 * @param low lower end of its 80 % interval
 * @param high upper end of it
 * @param learned share of the uncertainty before the fit that the rows took away, 0..1: near 0 the rows say nothing, and
 *     the value is what was known before
 */
@Incubating
public record ConstantEstimate(Constant constant, double value, double low, double high, double learned) {
    /**
     * What the fit left open.
     *
     * @return standard deviation of the constant's logarithm
     */
    public double sigma() {
        return constant.sigma() * (1 - learned);
    }
}
