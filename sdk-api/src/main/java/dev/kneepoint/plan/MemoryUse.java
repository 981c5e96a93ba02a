package dev.kneepoint.plan;

import dev.kneepoint.units.Bytes;

/**
 * Peak memory of the fullest device, by class.
 *
 * @param weights resident weights
 * @param gradients accumulated gradients
 * @param optimizer optimizer state, master weights included
 * @param activations activations of the micro-batches in flight, logits included
 * @param transientUnits gathered units of sharded data parallelism and their unsharded gradients
 * @param overhead context, libraries, collective buffers and allocator reserve
 */
public record MemoryUse(
        Bytes weights, Bytes gradients, Bytes optimizer, Bytes activations, Bytes transientUnits, Bytes overhead) {
    /**
     * All classes together.
     *
     * @return the peak
     */
    public Bytes total() {
        return new Bytes(weights.value()
                + gradients.value()
                + optimizer.value()
                + activations.value()
                + transientUnits.value()
                + overhead.value());
    }
}
