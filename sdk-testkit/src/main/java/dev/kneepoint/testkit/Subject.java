package dev.kneepoint.testkit;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.Numerics;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The backend that is checked, and how to open it.
 *
 * @param id its id
 * @param options options to open it with
 * @param faults further options under which every execution fails; empty if it has none
 */
record Subject(String id, Map<String, String> options, Map<String, String> faults) {
    /** Longest time that a small plan may take anywhere. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    BackendRegistry registry() {
        return BackendRegistry.discover(Thread.currentThread().getContextClassLoader());
    }

    Backend open() {
        return registry().open(id, options);
    }

    void with(Consumer<Backend> body) {
        try (Backend backend = open()) {
            body.accept(backend);
        }
    }

    Capabilities capabilities() {
        try (Backend backend = open()) {
            return backend.capabilities();
        }
    }

    boolean computes() {
        try (Backend backend = open()) {
            return backend.numerics().isPresent();
        }
    }

    boolean timesTransfers() {
        try (Backend backend = open()) {
            return backend.collectives().isPresent();
        }
    }

    /** Runs a body on the backend's arithmetic. */
    void numerics(Consumer<Numerics> body) {
        with(b -> body.accept(b.numerics().orElseThrow(() -> new AssertionError("numerics() became empty"))));
    }

    static ExecutionRequest request(StepPlan plan, int warmup, int steps, boolean spans) {
        return new ExecutionRequest(plan, warmup, steps, spans, Optional.of(PATIENCE), CancellationToken.none());
    }

    /** A plan of two ranks; of one, if the backend runs no more. */
    static StepPlan pair(Backend backend, String strategy) {
        return TinyPlans.of(strategy, Math.min(2, backend.capabilities().maxRanks()), 2);
    }

    static ExecutionResult run(Backend backend, StepPlan plan) {
        return backend.execute(request(plan, 0, 1, false));
    }
}
