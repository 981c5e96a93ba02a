package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * What a framework keeps on a device, beside the optimizer's state.
 *
 * @param weightBytes bytes of a resident weight: 2 where a 16-bit copy stays (Megatron), 0 where the optimizer's FP32
 *     master is the parameter itself (PyTorch FSDP with mixed precision)
 * @param gradientBytes bytes of an accumulated gradient: 4 or 2
 * @param logitBytes bytes of a logit at the peak of the loss: 2 as it leaves the head, 4 in FP32, 4 of its gradient, and 4
 *     of the log-softmax where that is a tensor of its own (PyTorch's own loss); 4 in all where a fused loss puts the
 *     gradient in place in 16 bits (llm-foundry)
 * @param selectiveKept share of a layer's activations that selective recomputation keeps with fused attention: 1 where
 *     it recomputes the attention core only, 0.5 where it keeps every other product (TorchTitan)
 * @param reserveFraction what the allocator holds beside activations and gathered units, as a share of them: they come
 *     and go in every step and leave holes, and what a pipeline or a collective still uses is freed late; state, which
 *     stays, leaves none
 * @param contextBytes driver context, libraries and collective buffers, outside the framework's allocator
 */
public record MemoryHabits(
        double weightBytes,
        double gradientBytes,
        double logitBytes,
        double selectiveKept,
        double reserveFraction,
        double contextBytes) {
    /** Checks the ranges. */
    public MemoryHabits {
        Checks.notNegative("weightBytes", weightBytes);
        Checks.positive("gradientBytes", gradientBytes);
        Checks.positive("logitBytes", logitBytes);
        Checks.fraction("selectiveKept", selectiveKept);
        Checks.fraction("reserveFraction", reserveFraction);
        Checks.notNegative("contextBytes", contextBytes);
    }
}
