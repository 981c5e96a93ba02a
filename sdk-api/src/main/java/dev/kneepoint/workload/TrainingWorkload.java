package dev.kneepoint.workload;

import dev.kneepoint.units.Checks;

/**
 * One training step's work: model, batch, precision, recomputation and optimizer. Immutable.
 *
 * @param model the model
 * @param sequenceLength tokens per sequence, 1 to 2^24
 * @param globalBatch sequences per step over all devices, 1 to 2^24
 * @param precision number format of the matrix products
 * @param recompute activation recomputation
 * @param optimizer the optimizer
 */
public record TrainingWorkload(
        TransformerModel model,
        int sequenceLength,
        int globalBatch,
        Precision precision,
        Recompute recompute,
        Optimizer optimizer) {
    /** The largest global batch, sequences. */
    public static final int MAX_GLOBAL_BATCH = 1 << 24;

    /** Checks the ranges. */
    public TrainingWorkload {
        Checks.range("sequence length", sequenceLength, 1, 1 << 24);
        Checks.range("global batch", globalBatch, 1, MAX_GLOBAL_BATCH);
    }

    /**
     * A BF16 workload without recomputation, with AdamW.
     *
     * @param model the model
     * @param sequenceLength tokens per sequence
     * @param globalBatch sequences per step
     * @return the workload
     */
    public static TrainingWorkload bf16(TransformerModel model, int sequenceLength, int globalBatch) {
        return new TrainingWorkload(
                model, sequenceLength, globalBatch, Precision.BF16, Recompute.NONE, Optimizer.ADAMW);
    }

    /**
     * Tokens of one step.
     *
     * @return sequence length times global batch
     */
    public long tokensPerStep() {
        return (long) sequenceLength * globalBatch;
    }

    /**
     * The same work with another global batch.
     *
     * @param sequences sequences per step
     * @return the changed workload
     */
    public TrainingWorkload withGlobalBatch(int sequences) {
        return new TrainingWorkload(model, sequenceLength, sequences, precision, recompute, optimizer);
    }

    /**
     * The same work with another precision.
     *
     * @param value number format of the matrix products
     * @return the changed workload
     */
    public TrainingWorkload withPrecision(Precision value) {
        return new TrainingWorkload(model, sequenceLength, globalBatch, value, recompute, optimizer);
    }

    /**
     * The same work with another recomputation policy.
     *
     * @param value activation recomputation
     * @return the changed workload
     */
    public TrainingWorkload withRecompute(Recompute value) {
        return new TrainingWorkload(model, sequenceLength, globalBatch, precision, value, optimizer);
    }
}
