package dev.kneepoint.metrics;

import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.FlopConvention;

/**
 * How much of the peak the step used. MFU is model FLOPs utilisation (Chowdhery et al., arXiv 2204.02311): model
 * operations of the step / (step time * devices * peak); recomputation does not count. HFU counts it.
 *
 * @param mfu model FLOPs utilisation, a fraction
 * @param hfu hardware FLOPs utilisation, a fraction
 * @param modelFlopsPerDevice model operations per second and device
 * @param convention how attention is counted
 * @param peak the peak that both are relative to
 */
public record Utilization(
        double mfu, double hfu, FlopsPerSecond modelFlopsPerDevice, FlopConvention convention, FlopsPerSecond peak) {}
