package dev.kneepoint.study;

import com.google.common.util.concurrent.Uninterruptibles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The threads that a search was given, until it closes them. Thread-confined. */
final class SearchThreads implements AutoCloseable {
    private final int count;
    private final ExecutorService pool;

    SearchThreads(int count) {
        this.count = count;
        this.pool = Executors.newFixedThreadPool(count, SearchThreads::daemon);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "kneepoint-search");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Has every thread do the work once.
     *
     * @param work called by all threads at the same time
     * @return what they returned
     * @throws IllegalStateException if one of them failed, with its exception as cause
     */
    <T> List<T> each(Callable<T> work) {
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            running.add(pool.submit(work));
        }
        List<T> out = new ArrayList<>();
        for (Future<T> future : running) {
            try {
                out.add(Uninterruptibles.getUninterruptibly(future));
            } catch (ExecutionException e) {
                throw new IllegalStateException("a searching thread failed: " + e.getCause(), e.getCause());
            }
        }
        return out;
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
