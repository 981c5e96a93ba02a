package dev.kneepoint.backend.host;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** What ends a run from outside: its cancellation, and its deadline, which counts from when this is made. Immutable. */
public final class RunLimits {
    private final ExecutionRequest request;
    private final Supplier<String> where;
    private final long start = System.nanoTime();

    /**
     * The limits of a run that begins now.
     *
     * @param request asks for the run
     * @param where says what is running, and where it is
     */
    public RunLimits(ExecutionRequest request, Supplier<String> where) {
        this.request = request;
        this.where = where;
    }

    /**
     * Whether the run has to end.
     *
     * @return that it was cancelled or its deadline has passed; empty if it may go on
     */
    public Optional<BackendException> passed() {
        if (request.cancellation().isCancelled()) {
            return Optional.of(new ExecutionCancelledException("cancelled while running " + where.get()));
        }
        Duration past = Duration.ofNanos(System.nanoTime() - start);
        return request.deadline()
                .filter(d -> past.compareTo(d) > 0)
                .map(d -> new DeadlineExceededException(
                        "the deadline of " + d.toMillis() + " ms passed while running " + where.get()));
    }

    /**
     * The failure of a run whose thread is interrupted.
     *
     * @return says where it was
     */
    public BackendException interrupted() {
        return new ExecutionCancelledException("interrupted while running " + where.get());
    }
}
