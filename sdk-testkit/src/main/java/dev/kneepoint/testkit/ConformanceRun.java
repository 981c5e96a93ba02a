package dev.kneepoint.testkit;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The checks of {@link BackendConformance} without a test framework: for programs that check a machine which has no
 * build, only a driver. Needs no JUnit at run time.
 */
@Incubating
public final class ConformanceRun {
    private ConformanceRun() {}

    /**
     * What came of one check.
     *
     * @param battery the battery that it belongs to, as {@link BackendConformance} names it
     * @param check what must hold, as a sentence
     * @param problem why it does not; empty if it does
     * @param seconds how long the check took
     */
    public record Outcome(String battery, String check, Optional<String> problem, double seconds) {
        /**
         * Whether it holds.
         *
         * @return true if there is no problem
         */
        public boolean passed() {
            return problem.isEmpty();
        }
    }

    /**
     * Runs every check; one that fails does not stop the others.
     *
     * @param id the backend's id
     * @param options options to open it with
     * @param faults further options under which every execution must fail; empty if the backend has none
     * @param listener hears of each outcome at once
     * @param cancellation lets the host stop between checks
     * @return the outcomes in order; a battery that cannot even list its checks has one that says why
     * @throws ExecutionCancelledException if the token was cancelled
     */
    public static List<Outcome> of(
            String id,
            Map<String, String> options,
            Map<String, String> faults,
            Consumer<Outcome> listener,
            CancellationToken cancellation) {
        Subject subject = new Subject(id, Map.copyOf(options), Map.copyOf(faults));
        List<Outcome> out = new ArrayList<>();
        Batteries.of(subject).forEach((battery, checks) -> {
            for (Check check : list(battery, checks)) {
                cancellation.throwIfCancelled("checking " + battery);
                Outcome outcome = run(battery, check, subject);
                out.add(outcome);
                listener.accept(outcome);
            }
        });
        return List.copyOf(out);
    }

    private static List<Check> list(String battery, Supplier<List<Check>> checks) {
        try {
            return checks.get();
        } catch (RuntimeException | LinkageError e) {
            return List.of(new Check("the backend can be opened for " + battery, subject -> {
                throw e;
            }));
        }
    }

    private static Outcome run(String battery, Check check, Subject subject) {
        long start = System.nanoTime();
        Optional<String> problem = Optional.empty();
        try {
            check.body().on(subject);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutionCancelledException("interrupted while checking " + check.name());
        } catch (Exception | AssertionError | LinkageError | OutOfMemoryError e) {
            problem = Optional.of(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
        }
        return new Outcome(battery, check.name(), problem, (System.nanoTime() - start) / 1e9);
    }
}
