package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import java.time.Duration;
import java.util.List;
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

    /**
     * Measures the device itself: what its libraries, memory and launches reach when nothing of a plan stands in the way.
     * Nothing else should run on it meanwhile.
     *
     * @param budget how long all of it may take; what does not fit is {@link DeviceFigure.Missing}
     * @param cancellation asks it to stop
     * @return the figures in a fixed order; empty if the backend has none
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws BackendException if the backend is closed
     * @since 0.2
     */
    @Incubating
    default List<DeviceFigure> measure(Duration budget, CancellationToken cancellation) {
        return List.of();
    }

    /**
     * Times transfers between its ranks alone, without a plan around them.
     *
     * @return empty if it has none to time, as a simulator
     * @throws BackendException if the backend is closed
     * @since 0.2
     */
    @Incubating
    default Optional<CollectiveBench> collectives() {
        return Optional.empty();
    }

    /**
     * Whether this process speaks for the run. Where the ranks of a backend live in several processes that all do the same,
     * one of them prints and writes files; the others keep silent.
     *
     * @return true unless another process leads
     * @since 0.2
     */
    @Incubating
    default boolean leads() {
        return true;
    }

    /**
     * Makes a choice that all processes of a run have to make alike. What a process reads off its own clock or its own disk
     * may say something else in another one, and processes that do not run the same plans in the same order wait for each
     * other in vain. All of them call this at the same place; what the one that {@linkplain #leads leads} says holds.
     *
     * @param own what this process would do by itself
     * @return what all do
     * @throws BackendException if another process failed or did not come
     * @since 0.2
     */
    @Incubating
    default boolean decide(boolean own) {
        return own;
    }

    /** Releases everything; idempotent. */
    @Override
    void close();
}
