package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ranks as threads of this process, each with a GPU of its own. */
final class TestWorld {
    static final NcclPatience PATIENCE = NcclPatience.of(Duration.ofSeconds(30));

    private TestWorld() {}

    /** What a rank does. */
    interface Part {
        void run(TestRank device, NcclComm comm) throws Exception;
    }

    /** Runs ranks that all come to a good end, communicators included. */
    static void run(NcclDouble nccl, int size, Part part) throws Exception {
        start(nccl, size, (device, comm) -> {
            try (comm) {
                part.run(device, comm);
            }
        });
    }

    /** Runs ranks that end their communicators themselves. */
    static void start(NcclDouble nccl, int size, Part part) throws Exception {
        NcclUniqueId id = nccl.library().uniqueId();
        each(size, rank -> {
            try (TestRank device = TestRank.open(rank)) {
                part.run(device, NcclComm.init(nccl.library(), id, size, rank, PATIENCE));
            }
        });
    }

    /** A communicator's asynchronous error, once it is there. */
    static NcclException error(NcclComm comm) throws InterruptedException {
        for (int i = 0; i < 20_000; i++) {
            Optional<NcclException> error = comm.asyncError();
            if (error.isPresent()) {
                return error.get();
            }
            Thread.sleep(1);
        }
        throw new AssertionError("no error has come for 20 s");
    }

    /** A thread's work. */
    interface Work {
        void run(int rank) throws Exception;
    }

    /** Runs threads, and fails as the first of them did. */
    static void each(int size, Work work) throws Exception {
        List<FutureTask<Integer>> ranks = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int rank = i;
            FutureTask<Integer> task = new FutureTask<>(() -> {
                work.run(rank);
                return rank;
            });
            ranks.add(task);
            Thread.ofPlatform().name("rank " + rank).daemon().start(task);
        }
        List<Throwable> failures = new ArrayList<>();
        for (FutureTask<Integer> rank : ranks) {
            try {
                rank.get(60, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            } catch (TimeoutException e) {
                failures.add(new AssertionError("a rank has not come to an end for 60 s", e));
            }
        }
        if (!failures.isEmpty()) {
            AssertionError failure = new AssertionError(failures.size() + " ranks failed", failures.getFirst());
            failures.stream().skip(1).forEach(failure::addSuppressed);
            throw failure;
        }
    }
}
