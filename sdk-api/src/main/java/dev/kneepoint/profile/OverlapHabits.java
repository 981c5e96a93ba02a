package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * How much of its communication a framework fails to hide, by axis. An exposure of 1 means that nothing overlaps.
 *
 * @param shardExposure share of the parameter gathers and gradient scatters of sharded data parallelism that blocks
 *     compute even where there is compute to hide it
 * @param gradientRate speed of the gradient reduction behind the last backward pass, as a share of its speed alone
 * @param tensorExposure share of tensor-parallel collectives that blocks compute
 * @param contextExposure share of context-parallel exchanges that blocks compute
 * @param expertExposure share of the expert all-to-all that blocks compute
 * @param pipelineExposure share of a stage hop that blocks its sender
 * @param scatterBlocks whether the gradient scatters of ZeRO-1 block the backward pass: where all of a device's work
 *     goes through one hardware queue, what waits for a scatter to copy it out holds up the kernels behind it
 */
public record OverlapHabits(
        double shardExposure,
        double gradientRate,
        double tensorExposure,
        double contextExposure,
        double expertExposure,
        double pipelineExposure,
        boolean scatterBlocks) {
    /** Checks the ranges. */
    public OverlapHabits {
        Checks.fraction("shardExposure", shardExposure);
        Checks.fraction("gradientRate", gradientRate);
        Checks.fraction("tensorExposure", tensorExposure);
        Checks.fraction("contextExposure", contextExposure);
        Checks.fraction("expertExposure", expertExposure);
        Checks.fraction("pipelineExposure", pipelineExposure);
    }
}
