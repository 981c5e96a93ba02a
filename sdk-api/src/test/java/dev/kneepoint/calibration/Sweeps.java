package dev.kneepoint.calibration;

import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Sweeps whose times somebody made up. */
final class Sweeps {
    private Sweeps() {}

    /** Seconds of a call. */
    @FunctionalInterface
    interface Clock {
        double seconds(TransferKind kind, double bytes, int ranks, int nodes);
    }

    static Sweep of(int nodes, int perNode, List<TransferKind> kinds, List<Long> sizes, Clock clock) {
        int ranks = nodes * perNode;
        List<SweepRow> rows = new ArrayList<>();
        for (TransferKind kind : kinds) {
            for (long size : sizes) {
                long count = kind.count(size, ElementType.FLOAT, ranks);
                if (count > 0) {
                    long bytes = 4 * Math.max(kind.sent(count, ranks), kind.received(count, ranks));
                    TransferTiming time =
                            new TransferTiming.Measured(clock.seconds(kind, bytes, ranks, nodes), OptionalLong.of(0));
                    rows.add(new SweepRow(kind, bytes, count, time, time));
                }
            }
        }
        return new Sweep("made-up", ElementType.FLOAT, ReductionOp.SUM, 5, 20, places(nodes, perNode), rows);
    }

    static List<RankPlace> places(int nodes, int perNode) {
        return IntStream.range(0, nodes * perNode)
                .mapToObj(r -> new RankPlace(r / perNode, "host" + r / perNode, r % perNode, "device"))
                .toList();
    }
}
