package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How large ops may be: what the pilot's rate of the kind does within a time, and what the device's memory holds.
 *
 * @param secondsPerUnit by kind: per operation of products and attention, per byte of the rest
 * @param most longest time of one op, seconds
 * @param memory bytes that one op's arrays may take
 * @param element bytes of an element
 */
record ProbeScale(Map<String, Double> secondsPerUnit, double most, double memory, double element) {
    static ProbeScale of(List<ProbeSample> pilot, double most, double memory, double element) {
        Map<String, Double> rates = new TreeMap<>();
        for (ProbeSample s : pilot) {
            rates.put(s.kind(), s.seconds() / units(s.op()));
        }
        return new ProbeScale(rates, most, memory, element);
    }

    private static double units(Op op) {
        return switch (op) {
            case Op.Matmul m -> m.flops();
            case Op.Attention a -> a.flops();
            case Op.MemoryBound m -> m.bytes();
            case Op.OptimizerStep o -> o.bytes();
            case Op.Collective c -> c.bytes();
            case Op.SendReceive t -> t.bytes();
        };
    }

    boolean allows(Op op) {
        return units(op) * secondsPerUnit.getOrDefault(ProbeKind.of(op), 0.0) <= most
                && Footprint.held(op, element) <= memory;
    }

    boolean allows(MemoryKind kind, double bytes) {
        return allows(ProbeOps.memory("", kind, bytes));
    }

    /** Collectives move about as many bytes per second as a copy does. */
    boolean allowsTransfer(double bytes) {
        return allows(MemoryKind.EMBEDDING, bytes);
    }
}
