package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * How a training framework turns layers into kernels.
 *
 * @param attention attention kernel that it calls
 * @param launchMicros host time to issue one kernel, microseconds
 * @param kernelShare kernels against an eager framework (1); fused and compiled ones need fewer
 * @param memoryBoundFactor bytes of memory-bound work against the base count of the plan
 * @param gemmFactor factor on matrix-product speed
 * @param castFactor passes over quantised operands, against one read and one write
 * @param mixtureHostMicros further host time of an expert layer, forward and backward, microseconds
 * @param expertHostMicros further host time of a local expert, forward and backward, microseconds
 * @param expertCastMicros further host time of a local expert whose operands are quantised, both directions, microseconds
 * @param mixtureGemmFactor time factor on grouped products, at least 1
 * @param mixtureQuantisedFactor further time factor on grouped products of quantised operands, at least 1: padding and
 *     casts expert by expert
 * @param unfusedPasses times that unfused attention moves its scores per direction
 */
public record KernelHabits(
        AttentionKernel attention,
        double launchMicros,
        double kernelShare,
        double memoryBoundFactor,
        double gemmFactor,
        double castFactor,
        double mixtureHostMicros,
        double expertHostMicros,
        double expertCastMicros,
        double mixtureGemmFactor,
        double mixtureQuantisedFactor,
        double unfusedPasses) {
    /** Checks the ranges. */
    public KernelHabits {
        Checks.notNegative("launchMicros", launchMicros);
        Checks.positive("kernelShare", kernelShare);
        Checks.positive("memoryBoundFactor", memoryBoundFactor);
        Checks.positive("gemmFactor", gemmFactor);
        Checks.notNegative("castFactor", castFactor);
        Checks.notNegative("mixtureHostMicros", mixtureHostMicros);
        Checks.notNegative("expertHostMicros", expertHostMicros);
        Checks.notNegative("expertCastMicros", expertCastMicros);
        Checks.positive("mixtureGemmFactor", mixtureGemmFactor);
        Checks.positive("mixtureQuantisedFactor", mixtureQuantisedFactor);
        Checks.notNegative("unfusedPasses", unfusedPasses);
    }
}
