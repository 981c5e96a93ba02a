package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The ranks of one timed transfer: a thread and arrays for each. */
final class BenchRanks {
    private static final float[] NONE = {};

    private final TransferCall call;
    private final TransferPattern pattern;
    private final RunControl control;
    private final Communicator group;
    private final float[][] sent;
    private final float[][] received;
    private final long[] nanos;
    private final long[] wrong;

    /**
     * Makes the arrays.
     *
     * @throws OutOfMemoryError if the heap has no room for them
     */
    BenchRanks(MatrixKernel kernel, TransferCall call) {
        this.call = call;
        this.pattern = new TransferPattern(call);
        int ranks = call.ranks();
        control = new RunControl(ranks, ranks <= Runtime.getRuntime().availableProcessors());
        List<Integer> members = IntStream.range(0, ranks).boxed().toList();
        group = new Communicator(control, kernel, call.kind().label(), members, StreamKind.TENSOR);
        sent = new float[ranks][];
        received = new float[ranks][];
        nanos = new long[ranks];
        wrong = new long[ranks];
        for (int r = 0; r < ranks; r++) {
            received[r] = new float[(int) (call.inPlace() ? call.held() : call.received())];
            sent[r] = call.inPlace() ? received[r] : new float[(int) call.sent()];
        }
    }

    List<Thread> start() {
        List<Thread> threads = new ArrayList<>();
        for (int rank = 0; rank < sent.length; rank++) {
            int r = rank;
            threads.add(new Thread(() -> run(r), "kneepoint-cpu-sweep-" + r));
        }
        threads.forEach(Thread::start);
        return threads;
    }

    void stop(BackendException cause) {
        control.fail(cause);
    }

    /** Mean seconds of a call. */
    double seconds() {
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
        return Arrays.stream(nanos).average().orElseThrow() * 1e-9 / call.iterations();
    }

    long wrong() {
        return Arrays.stream(wrong).sum();
    }

    private void run(int rank) {
        Lane lane = control.lane(rank, StreamKind.TENSOR);
        lane.op = call.kind().label();
        try {
            fill(rank);
            for (int i = 0; i < call.warmup(); i++) {
                once(lane, rank);
            }
            meet(lane);
            long start = System.nanoTime();
            for (int i = 0; i < call.iterations(); i++) {
                once(lane, rank);
            }
            // What took no time by the clock took less than its step.
            nanos[rank] = Math.max(1, System.nanoTime() - start);
            if (call.checked()) {
                check(lane, rank);
            }
        } catch (RuntimeException | Error e) {
            control.fail(lane, e);
        }
    }

    private void check(Lane lane, int rank) {
        meet(lane);
        fill(rank);
        once(lane, rank);
        int from = call.kind() == TransferKind.REDUCE_SCATTER ? offset(rank) : 0;
        wrong[rank] = pattern.wrong(rank, 0, received[rank], from, (int) call.received());
    }

    /** Where a rank's part begins in the one buffer that it has. */
    private int offset(int rank) {
        return call.inPlace() ? Math.toIntExact(rank * call.count()) : 0;
    }

    private void fill(int rank) {
        Arrays.fill(received[rank], TransferPattern.NOTHING);
        int to = call.kind() == TransferKind.ALL_GATHER ? offset(rank) : 0;
        pattern.send(rank, 0, sent[rank], to, (int) call.sent());
    }

    private void meet(Lane lane) {
        group.run(lane, CollectiveKind.ALL_REDUCE, 0, NONE, NONE);
    }

    private void once(Lane lane, int rank) {
        int length = sent[rank].length;
        switch (call.kind()) {
            case ALL_REDUCE -> {
                if (!call.inPlace()) {
                    System.arraycopy(sent[rank], 0, received[rank], 0, length);
                }
                group.run(lane, CollectiveKind.ALL_REDUCE, length, received[rank], received[rank]);
            }
            case ALL_GATHER ->
                group.run(lane, CollectiveKind.ALL_GATHER, received[rank].length, sent[rank], received[rank]);
            case REDUCE_SCATTER -> group.run(lane, CollectiveKind.REDUCE_SCATTER, length, sent[rank], received[rank]);
            case ALL_TO_ALL -> group.run(lane, CollectiveKind.ALL_TO_ALL, length, sent[rank], received[rank]);
            case BROADCAST -> group.run(lane, CollectiveKind.BROADCAST, length, sent[rank], received[rank]);
            case SEND_RECEIVE -> {
                meet(lane);
                int before = (rank + sent.length - 1) % sent.length;
                System.arraycopy(sent[before], 0, received[rank], 0, length);
                meet(lane);
            }
        }
    }
}
