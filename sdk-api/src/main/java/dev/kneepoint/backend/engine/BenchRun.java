package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Issues one transfer over and over, as plans do. Confined to the backend's thread. */
final class BenchRun {
    /** Calls that follow each other without a pause: no more than these are on the way to a device when it is cancelled. */
    static final int ROUND = 200;

    private static final StreamKind STREAM = StreamKind.TENSOR;

    private final TransferCall call;
    private final Seats seats;
    private final BenchBuffers buffers;
    private final Communicator group;
    private final List<DeviceEvent> events = new ArrayList<>();
    private DeviceEvent[] before = DeviceKernels.NOTHING;

    BenchRun(TransferCall call, DeviceSet devices, EngineOptions options, Seats seats, BenchBuffers buffers) {
        this.call = call;
        this.seats = seats;
        this.buffers = buffers;
        List<Integer> ranks = IntStream.range(0, call.ranks()).boxed().toList();
        group = new LocalCommunicator(
                new RunControl(ranks, options, devices::located),
                call.kind().label(),
                ranks,
                new CollectiveCommands(STREAM, seats.direct(), (rank, stream, type) -> buffers.staging(rank)));
    }

    /**
     * Calls and waits.
     *
     * @param times how often
     * @return seconds that all took
     */
    double calls(int times, CancellationToken cancellation) {
        double seconds = 0;
        for (int made = 0; made < times; made += ROUND) {
            seconds += round(Math.min(ROUND, times - made), cancellation);
        }
        return seconds;
    }

    private double round(int times, CancellationToken cancellation) {
        List<Work> works = new ArrayList<>();
        long start = System.nanoTime();
        try (Cleanup cleanup = new Cleanup()) {
            for (int r = 0; r < call.ranks(); r++) {
                cleanup.atLast(seats.seat(r)::finish);
            }
            cleanup.atLast(() -> works.forEach(Work::release));
            cleanup.atLast(this::release);
            for (int i = 0; i < times; i++) {
                cancellation.throwIfCancelled("timing " + call.kind().label());
                once(works);
            }
            for (int r = 0; r < call.ranks(); r++) {
                seats.seat(r).finish();
            }
            // What took no time by the clock took less than its step.
            return Math.max(1, System.nanoTime() - start) * 1e-9;
        }
    }

    private void release() {
        DeviceEvent.release(events);
        events.clear();
        before = DeviceKernels.NOTHING;
    }

    private void once(List<Work> works) {
        Optional<CollectiveKind> kind = call.kind().collective();
        if (kind.isEmpty()) {
            int ranks = call.ranks();
            copies(r -> buffers.in((r + ranks - 1) % ranks));
            return;
        }
        if (kind.get() == CollectiveKind.ALL_REDUCE && !call.inPlace()) {
            // Sums are made in place.
            copies(buffers::in);
        }
        long length = Math.max(call.sent(), call.received());
        for (int r = 0; r < call.ranks(); r++) {
            Work work = new Work(call.kind().label(), STREAM, List.of(), null);
            works.add(work);
            group.join(group.next(r), member(r, kind.get(), length, work));
        }
        before = Work.events(works.subList(works.size() - call.ranks(), works.size() - call.ranks() + 1));
    }

    private Meeting.Member member(int rank, CollectiveKind kind, long length, Work work) {
        boolean reduces = kind == CollectiveKind.ALL_REDUCE;
        return new Meeting.Member(
                rank,
                seats.seat(rank),
                work,
                kind,
                length,
                reduces ? buffers.out(rank) : buffers.in(rank),
                buffers.out(rank),
                call.reduction() == ReductionOp.AVG ? 1f / call.ranks() : 1,
                // All ranks wait for what any of them does.
                rank == 0 ? before : DeviceKernels.NOTHING);
    }

    /** Copies into the receiving buffer of every rank, after what came before. */
    private void copies(IntFunction<DeviceKernels.At> from) {
        List<DeviceEvent> all = new ArrayList<>();
        for (int r = 0; r < call.ranks(); r++) {
            DeviceQueue queue = seats.seat(r).queue(STREAM);
            DeviceKernels.At source = from.apply(r);
            boolean same = source.equals(buffers.out(r));
            all.add(same ? queue.marker(before) : queue.copy(source, buffers.out(r), call.count(), before));
            events.add(all.getLast());
            queue.flush();
        }
        before = all.toArray(DeviceEvent[]::new);
    }
}
