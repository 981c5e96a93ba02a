package dev.kneepoint.study;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.StepInterval;
import java.util.OptionalDouble;

/**
 * One size of a predicted curve.
 *
 * @param devices devices
 * @param strategy the strategy, micro-batch included, in its text form
 * @param globalBatch sequences per step
 * @param step step time with its interval
 * @param tokensPerSecond tokens per second of all devices
 * @param mfu model FLOPs utilisation, non-causal, as a fraction of the precision's peak
 * @param measuredSeconds measured step time of the same configuration; empty if it was not measured
 */
@Incubating
public record PredictedPoint(
        int devices,
        String strategy,
        int globalBatch,
        StepInterval step,
        double tokensPerSecond,
        double mfu,
        OptionalDouble measuredSeconds) {}
