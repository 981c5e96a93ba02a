package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * What a framework keeps per parameter, beside the optimizer's state.
 *
 * @param weightBytes bytes of a resident weight: 2 where a 16-bit copy stays (Megatron), 0 where the optimizer's FP32
 *     master is the parameter itself (PyTorch FSDP with mixed precision)
 * @param gradientBytes bytes of an accumulated gradient: 4 or 2
 * @param reserveFraction share of the device memory that the allocator loses to fragmentation
 * @param contextBytes driver context, libraries and collective buffers
 */
public record MemoryHabits(double weightBytes, double gradientBytes, double reserveFraction, double contextBytes) {
    /** Checks the ranges. */
    public MemoryHabits {
        Checks.notNegative("weightBytes", weightBytes);
        Checks.positive("gradientBytes", gradientBytes);
        Checks.fraction("reserveFraction", reserveFraction);
        Checks.notNegative("contextBytes", contextBytes);
    }
}
