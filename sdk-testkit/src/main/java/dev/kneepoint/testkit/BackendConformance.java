package dev.kneepoint.testkit;

import dev.kneepoint.annotation.Incubating;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What every backend must do. An implementer's test is a subclass of a few lines:
 *
 * <pre>{@code
 * class MyBackendTest extends BackendConformance {
 *     MyBackendTest() {
 *         super("my-backend");
 *     }
 * }
 * }</pre>
 *
 * <p>The backend is found by its id through the {@link java.util.ServiceLoader}. A capability that it denies is not
 * skipped: that it denies it every time is checked instead.
 */
@Incubating
public abstract class BackendConformance {
    private final Subject subject;

    /**
     * Checks a backend with its default options.
     *
     * @param id its id
     */
    protected BackendConformance(String id) {
        this(id, Map.of(), Map.of());
    }

    /**
     * Checks a backend with options.
     *
     * @param id its id
     * @param options options to open it with
     * @param faults further options under which every execution must fail; empty if the backend has none
     */
    protected BackendConformance(String id, Map<String, String> options, Map<String, String> faults) {
        this.subject = new Subject(id, Map.copyOf(options), Map.copyOf(faults));
    }

    private Stream<DynamicTest> tests(String battery) {
        return Objects.requireNonNull(Batteries.of(subject).get(battery)).get().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> c.body().on(subject)));
    }

    /**
     * Finding, opening, closing.
     *
     * @return the checks
     */
    @TestFactory
    public final Stream<DynamicTest> lifecycle() {
        return tests("lifecycle");
    }

    /**
     * Compute ops against a double-precision reference.
     *
     * @return the checks
     */
    @TestFactory
    public final Stream<DynamicTest> arithmetic() {
        return tests("arithmetic");
    }

    /**
     * Collectives against a double-precision reference.
     *
     * @return the checks; none if the backend computes nothing
     */
    @TestFactory
    public final Stream<DynamicTest> collectives() {
        return tests("collectives");
    }

    /**
     * Transfers that are timed alone: {@link dev.kneepoint.spi.CollectiveBench}.
     *
     * @return the checks; if the backend times none, that it says so every time
     */
    @TestFactory
    public final Stream<DynamicTest> transfers() {
        return tests("transfers");
    }

    /**
     * Plans of every kind.
     *
     * @return the checks
     */
    @TestFactory
    public final Stream<DynamicTest> plans() {
        return tests("plans");
    }

    /**
     * Identities of metrics.
     *
     * @return the checks
     */
    @TestFactory
    public final Stream<DynamicTest> metrics() {
        return tests("metrics");
    }

    /**
     * Cancellation, deadlines, failures.
     *
     * @return the checks
     */
    @TestFactory
    public final Stream<DynamicTest> failures() {
        return tests("failures");
    }

    /**
     * Many executions. A further test of a backend, with options under which it keeps nothing else, may override it without the
     * annotation, which leaves it out there.
     *
     * @return the checks
     */
    @TestFactory
    public Stream<DynamicTest> endurance() {
        return tests("endurance");
    }
}
