package dev.kneepoint.testkit;

import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.SweepRequest;
import dev.kneepoint.calibration.SweepRow;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Timed transfers one after the other: a whole sweep, an end before the end, and what is left behind. */
final class TransferLifeBattery {
    private static final Duration PROMPT = Duration.ofSeconds(2);
    private static final long HEAD_START_NANOS = 30_000_000;
    private static final int MOST_CALLS = 1_000_000;
    private static final int WARMUP = 50;
    private static final int TIMINGS = 300;

    /** None is a multiple of what parts of two or three ranks are rounded to. */
    private static final List<Long> SIZES = List.of(9L, 1_001L, 4_099L);

    /** Parts of ranks are whole multiples of so many bytes. */
    private static final int GRAIN = 16;

    private TransferLifeBattery() {}

    static List<Check> checks() {
        return List.of(
                new Check(
                        "a sweep measures every size, rounded down to whole parts",
                        s -> s.with(TransferLifeBattery::sweep)),
                new Check("timing a transfer can be cancelled", TransferLifeBattery::cancelled),
                new Check(
                        TIMINGS + " timed transfers leave neither threads nor memory behind",
                        TransferLifeBattery::leaves));
    }

    private static void sweep(Backend backend) {
        CollectiveBench bench = TransferBattery.bench(backend);
        ElementType type = TransferBattery.type(bench);
        int ranks = Math.min(2, backend.capabilities().maxRanks());
        Sweep sweep = Sweep.run(
                "checked",
                backend,
                new SweepRequest(
                        ranks,
                        List.of(TransferKind.values()),
                        type,
                        SIZES,
                        0,
                        1,
                        true,
                        ProgressListener.none(),
                        CancellationToken.none()));
        Expect.that(
                sweep.places().equals(bench.places(ranks)),
                "a sweep has other places than the bench: " + sweep.places());
        for (TransferKind kind : TransferKind.values()) {
            List<Long> expected = SIZES.stream()
                    .map(size -> rounded(kind, size, type, ranks))
                    .filter(size -> size > 0)
                    .toList();
            List<Long> got = sweep.rows(kind).stream().map(SweepRow::bytes).toList();
            Expect.that(got.equals(expected), "sizes of " + kind.label() + ": " + got + ", not " + expected);
            Expect.that(
                    sweep.averageBusGbS(kind).isPresent()
                            && sweep.rows(kind).stream().allMatch(TransferLifeBattery::timed),
                    "a size of " + kind.label() + " is not timed: " + sweep.rows(kind));
            Expect.that(sweep.wrong(kind).orElse(-1) == 0, kind.label() + " is wrong: " + sweep.rows(kind));
        }
    }

    private static boolean timed(SweepRow row) {
        return row.outOfPlace() instanceof TransferTiming.Measured && row.inPlace() instanceof TransferTiming.Measured;
    }

    private static long rounded(TransferKind kind, long size, ElementType type, int ranks) {
        return switch (kind) {
            case ALL_REDUCE, BROADCAST, SEND_RECEIVE -> size / type.bytes() * type.bytes();
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL -> size / (GRAIN * ranks) * (GRAIN * ranks);
        };
    }

    private static void cancelled(Subject subject) throws Exception {
        try (Backend backend = subject.open()) {
            CollectiveBench bench = TransferBattery.bench(backend);
            int ranks = Math.min(2, backend.capabilities().maxRanks());
            TransferCall one = TransferBattery.call(TransferBattery.type(bench), 33, ranks);
            CancellationToken before = CancellationToken.create();
            before.cancel();
            Expect.expectThrows(
                    ExecutionCancelledException.class, "timing what was cancelled", () -> bench.time(one, before));
            TransferBattery.measured(bench, one);
            cancelledDuring(
                    bench, new TransferCall(one.kind(), one.type(), one.count(), ranks, true, 0, MOST_CALLS, false));
            TransferBattery.measured(bench, one);
        }
    }

    /** A bench that is done before the token is cancelled may return; one that goes on is not prompt. */
    private static void cancelledDuring(CollectiveBench bench, TransferCall call) throws InterruptedException {
        CancellationToken token = CancellationToken.create();
        AtomicLong cancelled = new AtomicLong(Long.MAX_VALUE);
        Thread canceller = new Thread(() -> {
            LockSupport.parkNanos(HEAD_START_NANOS);
            cancelled.set(System.nanoTime());
            token.cancel();
        });
        canceller.start();
        try {
            while (!token.isCancelled()) {
                bench.time(call, token);
            }
        } catch (ExecutionCancelledException e) {
            Expect.that(token.isCancelled(), "cancelled before anyone asked for it: " + e.getMessage());
        } finally {
            canceller.join();
        }
        long late = System.nanoTime() - cancelled.get();
        Expect.that(late < PROMPT.toNanos(), "timing went on for " + late / 1_000_000 + " ms after it was cancelled");
    }

    private static void leaves(Subject subject) throws Exception {
        int before;
        CollectiveBench bench;
        try (Backend backend = subject.open()) {
            bench = TransferBattery.bench(backend);
            int ranks = Math.min(2, backend.capabilities().maxRanks());
            TransferCall call = TransferBattery.call(TransferBattery.type(bench), 33, ranks);
            for (int i = 0; i < WARMUP; i++) {
                TransferBattery.measured(bench, call);
            }
            before = Threads.count();
            long memory = Heap.used();
            for (int i = 0; i < TIMINGS; i++) {
                TransferBattery.measured(bench, call);
            }
            Threads.backTo(before);
            Heap.backTo(memory, TIMINGS + " timed transfers");
        }
        Expect.expectThrows(
                BackendException.class,
                "timing on a closed backend",
                () -> bench.time(TransferBattery.call(ElementType.FLOAT, 33, 1), CancellationToken.none()));
    }
}
