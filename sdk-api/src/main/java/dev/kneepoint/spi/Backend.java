package dev.kneepoint.spi;

import java.util.Optional;

/** An open backend. Thread-safe only if its capabilities say so. */
public interface Backend extends AutoCloseable {
    /**
     * What it can do.
     *
     * @return constant over its life
     */
    Capabilities capabilities();

    /**
     * Runs one plan. A plan that it cannot run is refused before anything starts.
     *
     * @param request the plan and how to run it
     * @return the timelines of the ranks that it ran
     * @throws UnsupportedPlanException if it cannot run the plan, with the nearest that it could
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws DeadlineExceededException if the deadline passed
     * @throws BackendException if the run failed
     */
    ExecutionResult execute(ExecutionRequest request);

    /**
     * The backend's arithmetic on the caller's data, for checks.
     *
     * @return empty if the backend computes nothing, as a simulator
     */
    default Optional<Numerics> numerics() {
        return Optional.empty();
    }

    /** Releases everything; idempotent. */
    @Override
    void close();
}
