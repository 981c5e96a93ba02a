package dev.kneepoint.cluster;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.Checks;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.units.Watts;
import dev.kneepoint.workload.Precision;
import java.util.Map;
import java.util.Optional;

/**
 * One device as its data sheet describes it. Immutable.
 *
 * @param name for example {@code h100-sxm}
 * @param architecture what its kernels are tuned for, in lower case: {@code volta}, {@code ampere}, {@code hopper},
 *     {@code blackwell}, {@code cdna3} …; chooses the device curves of a hardware profile
 * @param peaks dense matrix peak by precision; a missing precision is not supported by the device
 * @param memory device memory
 * @param memoryBandwidth peak rate of the device memory
 * @param multiprocessors streaming multiprocessors or compute units, 1 to 4,096
 * @param power power limit of the device
 */
public record Accelerator(
        String name,
        String architecture,
        Map<Precision, FlopsPerSecond> peaks,
        Bytes memory,
        BytesPerSecond memoryBandwidth,
        int multiprocessors,
        Watts power) {
    /** Checks the ranges and copies the peaks. */
    public Accelerator {
        Checks.notBlank("accelerator name", name);
        Checks.notBlank("architecture", architecture);
        if (peaks.isEmpty()) {
            throw new IllegalArgumentException("accelerator '" + name + "' has no peak for any precision");
        }
        peaks.forEach(
                (p, rate) -> Checks.positive("peak of " + p.label() + " of accelerator '" + name + "'", rate.value()));
        peaks = ImmutableMap.copyOf(peaks);
        Checks.positive("memory of accelerator '" + name + "'", memory.value());
        Checks.positive("memory bandwidth of accelerator '" + name + "'", memoryBandwidth.value());
        Checks.range("multiprocessors", multiprocessors, 1, 4096);
        Checks.positive("power of accelerator '" + name + "'", power.value());
    }

    /**
     * The dense peak of a precision.
     *
     * @param precision the precision
     * @return the peak, empty if the device does not support the precision
     */
    public Optional<FlopsPerSecond> peak(Precision precision) {
        return Optional.ofNullable(peaks.get(precision));
    }
}
