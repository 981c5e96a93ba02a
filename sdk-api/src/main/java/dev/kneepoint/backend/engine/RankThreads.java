package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Runs something for several ranks at once. */
final class RankThreads {
    private RankThreads() {}

    /**
     * Runs a task for every rank, a thread for each, and waits for all.
     *
     * @param ranks the ranks
     * @param task what to do for a rank
     * @param failed told of the first failure, so that it can end what the others wait for
     * @throws BackendException the first failure
     */
    static void run(List<Integer> ranks, IntConsumer task, Consumer<BackendException> failed) {
        AtomicReference<@Nullable BackendException> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int rank : ranks) {
            Thread thread = new Thread(() -> {
                try {
                    task.accept(rank);
                } catch (RuntimeException | Error e) {
                    BackendException known =
                            e instanceof BackendException b ? b : new BackendException(e.toString(), e);
                    if (failure.compareAndSet(null, known)) {
                        failed.accept(known);
                    }
                }
            });
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        // Their work is short, and nothing but its failure ends it.
        RunThreads.join(threads, e -> {});
        BackendException first = failure.get();
        if (first != null) {
            throw first;
        }
    }
}
