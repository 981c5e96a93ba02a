package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * Rate of a causal attention kernel on 16-bit operands, forward and backward together:
 * {@code peak * s / (s + halfLength)} over the operations that it executes (half of the full square).
 *
 * @param teraflops rate at infinite length, TFLOP/s, head size 96 and more
 * @param halfLength tokens at which half of it is reached, head size 96 and more
 * @param smallHeadTeraflops the same for head sizes below 96
 * @param smallHeadHalfLength the same for head sizes below 96
 */
public record AttentionCurve(
        double teraflops, double halfLength, double smallHeadTeraflops, double smallHeadHalfLength) {
    /** Checks the ranges. */
    public AttentionCurve {
        Checks.positive("teraflops", teraflops);
        Checks.notNegative("halfLength", halfLength);
        Checks.positive("smallHeadTeraflops", smallHeadTeraflops);
        Checks.notNegative("smallHeadHalfLength", smallHeadHalfLength);
    }

    /**
     * Achieved rate.
     *
     * @param sequenceLength tokens per sequence
     * @param headSize size of one head
     * @return operations per second
     */
    public double rate(double sequenceLength, double headSize) {
        boolean large = headSize >= 96;
        double peak = large ? teraflops : smallHeadTeraflops;
        double half = large ? halfLength : smallHeadHalfLength;
        return peak * 1e12 * sequenceLength / (sequenceLength + half);
    }
}
