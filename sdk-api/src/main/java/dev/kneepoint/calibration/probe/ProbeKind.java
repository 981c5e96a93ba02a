package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.ProbedTimes;
import java.util.Locale;

/** Which curve an op belongs to, by the names that {@link ProbedTimes} uses. */
final class ProbeKind {
    static final String PRODUCT = "matmul";
    static final String FORWARD = "attention forward";
    static final String BACKWARD = "attention backward";

    private ProbeKind() {}

    static String of(Op op) {
        return switch (op) {
            case Op.Matmul m -> PRODUCT;
            case Op.Attention a -> a.backward() ? BACKWARD : FORWARD;
            case Op.MemoryBound m -> m.kind().name().toLowerCase(Locale.ROOT);
            case Op.OptimizerStep o -> ProbedTimes.OPTIMIZER;
            case Op.Collective c ->
                c.stream() == StreamKind.TENSOR || c.stream() == StreamKind.EXPERT
                        ? c.kind().label()
                        : ProbedTimes.STATE + c.kind().label();
            case Op.SendReceive t -> ProbedTimes.SEND;
        };
    }
}
