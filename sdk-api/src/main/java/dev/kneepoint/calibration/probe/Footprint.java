package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;

/** What an op of a probe reads and holds, and the op under another name. */
final class Footprint {
    private static final double OPTIMIZER_ARRAYS = 4;
    private static final double FP32 = 4;

    private Footprint() {}

    /** Elements that the op reads of what the op before it wrote. */
    static double read(Op op, double element) {
        return switch (op) {
            case Op.Matmul m -> m.rows() * m.inner() * m.count();
            case Op.Attention a -> a.sequences() * a.queries() * a.heads() * a.headSize();
            case Op.MemoryBound m -> m.bytes() / element * (m.kind() == MemoryKind.ACTIVATION ? 2.0 / 3 : 0.5);
            case Op.OptimizerStep o -> 1;
            case Op.Collective c -> c.bytes() / element;
            case Op.SendReceive t -> t.bytes() / element;
        };
    }

    /** Bytes of the op's largest array, at least. */
    static double held(Op op, double element) {
        return switch (op) {
            case Op.Matmul m ->
                element * m.count() * Math.max(m.rows() * m.inner(), Math.max(m.rows(), m.inner()) * m.columns());
            case Op.Attention a -> element * read(a, element);
            case Op.MemoryBound m -> m.bytes();
            case Op.OptimizerStep o -> OPTIMIZER_ARRAYS * FP32 * o.parameters();
            case Op.Collective c -> c.bytes();
            case Op.SendReceive t -> t.bytes();
        };
    }

    static Op named(Op op, String name) {
        return switch (op) {
            case Op.Matmul m ->
                new Op.Matmul(
                        name + m.name(),
                        m.rows(),
                        m.columns(),
                        m.inner(),
                        m.count(),
                        m.quantised(),
                        m.kernels(),
                        m.waits(),
                        m.signals());
            case Op.Attention a ->
                new Op.Attention(
                        name,
                        a.sequences(),
                        a.queries(),
                        a.length(),
                        a.span(),
                        a.heads(),
                        a.headSize(),
                        a.backward(),
                        a.kernels(),
                        a.waits(),
                        a.signals());
            case Op.MemoryBound m ->
                new Op.MemoryBound(name, m.kind(), m.bytes(), m.localExperts(), m.kernels(), m.waits(), m.signals());
            case Op.OptimizerStep o ->
                new Op.OptimizerStep(name, o.parameters(), o.bytes(), o.kernels(), o.waits(), o.signals());
            case Op.Collective c ->
                new Op.Collective(
                        name,
                        c.kind(),
                        c.group(),
                        c.stream(),
                        c.bytes(),
                        c.calls(),
                        c.overlap(),
                        c.waits(),
                        c.signals());
            case Op.SendReceive t ->
                new Op.SendReceive(name, t.send(), t.towardsLast(), t.bytes(), t.waits(), t.signals());
        };
    }
}
