package dev.kneepoint.testkit;

import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferTiming;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Times right transfers, and says one thing wrong of them. */
record BrokenBench(CollectiveBench right, Defect defect) implements CollectiveBench {
    private static final String TIMED = "TIMED_";

    @Override
    public Set<ElementType> types() {
        return defect == Defect.PROMISES_TYPES ? EnumSet.allOf(ElementType.class) : right.types();
    }

    @Override
    public Set<ReductionOp> reductions() {
        return defect == Defect.PROMISES_REDUCTIONS ? EnumSet.allOf(ReductionOp.class) : right.reductions();
    }

    @Override
    public List<RankPlace> places(int ranks) {
        List<RankPlace> places = right.places(ranks);
        return defect == Defect.LOSES_PLACES ? places.subList(1, ranks) : places;
    }

    @Override
    public TransferTiming time(TransferCall call, CancellationToken cancellation) {
        if (defect == Defect.LEAVES_THREADS) {
            Thread.ofPlatform().daemon().start(LockSupport::park);
        }
        return switch (timed(call, cancellation)) {
            case TransferTiming.Measured m -> spoil(call, m);
            case TransferTiming.Refused r -> {
                if (defect == Defect.BREAKS_WHERE_IT_REFUSES) {
                    throw new IllegalStateException(r.reason());
                }
                yield r;
            }
        };
    }

    private TransferTiming timed(TransferCall call, CancellationToken cancellation) {
        boolean begun = !cancellation.isCancelled();
        try {
            return right.time(call, cancellation);
        } catch (ExecutionCancelledException e) {
            if (defect == Defect.TIMES_ON && begun) {
                BrokenBackend.goOn();
            }
            throw e;
        }
    }

    private TransferTiming spoil(TransferCall call, TransferTiming.Measured m) {
        boolean wrong = defect.name().equals(TIMED + call.kind().name()) && call.checked();
        if (defect == Defect.LIKES_ROUND_SIZES && call.bytes() % 16 != 0) {
            return new TransferTiming.Refused("no whole number of vectors");
        }
        double calls = defect == Defect.TIMES_ALL_CALLS ? call.iterations() : 1;
        return new TransferTiming.Measured(m.seconds() * calls, wrong ? OptionalLong.of(1) : m.wrong());
    }
}
