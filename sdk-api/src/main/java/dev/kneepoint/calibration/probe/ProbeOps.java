package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.StreamKind;
import java.util.List;
import java.util.Optional;

/** Makes ops for probes. */
final class ProbeOps {
    private static final double BACKWARD_FLOPS = 2.5;

    private ProbeOps() {}

    static Op.Matmul product(String name, double m, double n, double k) {
        return new Op.Matmul(name, m, n, k, 1, false, 1, List.of(), Optional.empty());
    }

    /** A product that collectives in the background wait for. */
    static Op.Matmul signalling(String name, double m, double n, double k) {
        Optional<String> computed = Optional.of(OpEvents.name(OpEvents.COMPUTED));
        return new Op.Matmul(name, m, n, k, 1, false, 1, List.of(), computed);
    }

    static Op.Attention attention(String name, double sequences, double length, double heads, double d, boolean back) {
        return new Op.Attention(
                name, sequences, length, length, length, heads, d, back, 1, List.of(), Optional.empty());
    }

    static double flops(double sequences, double length, double heads, double d, boolean back) {
        return (back ? BACKWARD_FLOPS : 1) * 2 * sequences * length * length * heads * d;
    }

    static Op.MemoryBound memory(String name, MemoryKind kind, double bytes) {
        return new Op.MemoryBound(name, kind, bytes, 0, 1, List.of(), Optional.empty());
    }

    static Op.OptimizerStep optimizer(String name, double parameters, double bytes) {
        return new Op.OptimizerStep(name, parameters, bytes, 1, List.of(), Optional.empty());
    }

    /** A collective that the next op needs. */
    static Op.Collective blocking(String name, CollectiveKind kind, GroupKind group, StreamKind stream, double bytes) {
        return new Op.Collective(name, kind, group, stream, bytes, 1, Overlap.BLOCKING, List.of(), Optional.empty());
    }

    /** A reduction of gradients beside compute, until {@link #mark} waits for it. */
    static Op.Collective background(String name, CollectiveKind kind, double bytes) {
        return beside(name, kind, StreamKind.GRADIENT, bytes, OpEvents.REDUCED);
    }

    /** A gather of sharded weights beside compute. */
    static Op.Collective gather(String name, double bytes) {
        return beside(name, CollectiveKind.ALL_GATHER, StreamKind.SHARD, bytes, OpEvents.GATHERED);
    }

    private static Op.Collective beside(
            String name, CollectiveKind kind, StreamKind stream, double bytes, int signalled) {
        return new Op.Collective(
                name,
                kind,
                GroupKind.DATA,
                stream,
                bytes,
                1,
                Overlap.PREFETCHED,
                List.of(OpEvents.name(OpEvents.COMPUTED)),
                Optional.of(OpEvents.name(signalled)));
    }

    /** Waits for the latest reduction in the background. */
    static Op.MemoryBound mark(String name) {
        return mark(name, OpEvents.REDUCED);
    }

    /** Waits for an event. */
    static Op.MemoryBound mark(String name, int event) {
        return new Op.MemoryBound(name, MemoryKind.NORM, 0, 0, 1, List.of(OpEvents.name(event)), Optional.empty());
    }

    static Op.SendReceive message(boolean send, boolean towardsLast, double bytes) {
        return new Op.SendReceive(send ? "send" : "receive", send, towardsLast, bytes, List.of(), Optional.empty());
    }
}
