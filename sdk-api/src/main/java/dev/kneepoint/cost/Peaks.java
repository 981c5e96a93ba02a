package dev.kneepoint.cost;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.Precision;

/** Peaks of a device as numbers. */
final class Peaks {
    private Peaks() {}

    static double require(Accelerator device, Precision precision) {
        return device.peak(precision)
                .map(FlopsPerSecond::value)
                .orElseThrow(() -> new IllegalArgumentException("accelerator '" + device.name()
                        + "' has no " + precision.label() + "; it has "
                        + device.peaks().keySet().stream()
                                .map(Precision::label)
                                .sorted()
                                .toList()));
    }

    /** The peak that attention curves were measured under; without one they were measured in the precision itself. */
    static double sixteenBit(Accelerator device, double otherwise) {
        return device.peak(Precision.BF16)
                .or(() -> device.peak(Precision.FP16))
                .map(FlopsPerSecond::value)
                .orElse(otherwise);
    }
}
