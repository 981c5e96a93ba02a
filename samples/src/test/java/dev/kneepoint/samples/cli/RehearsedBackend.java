package dev.kneepoint.samples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A backend as two processes of a run see it, one after the other: the one that leads runs plans and decides, the other has to
 * run the same plans, gets the same results, and is told the decisions.
 */
final class RehearsedBackend implements Backend {
    private final Backend runs;
    private final boolean leads;
    private final Deque<Boolean> decisions;
    private final List<String> plans;
    private final Deque<ExecutionResult> results;
    private final Deque<String> expected;

    private RehearsedBackend(
            Backend runs,
            boolean leads,
            Deque<Boolean> decisions,
            Deque<ExecutionResult> results,
            Deque<String> expected) {
        this.runs = runs;
        this.leads = leads;
        this.decisions = decisions;
        this.plans = new ArrayList<>();
        this.results = results;
        this.expected = expected;
    }

    /** What the process that leads has open. */
    static RehearsedBackend leading(Backend runs) {
        return new RehearsedBackend(runs, true, new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
    }

    /** What another process of the run that this one has led had open. */
    RehearsedBackend following() {
        return new RehearsedBackend(
                runs, false, new ArrayDeque<>(decisions), new ArrayDeque<>(results), new ArrayDeque<>(plans));
    }

    /** Whether a process has run all plans, and heard all decisions, of the one that led. */
    boolean isThrough() {
        return decisions.isEmpty() && expected.isEmpty();
    }

    @Override
    public boolean leads() {
        return leads;
    }

    @Override
    public boolean decide(boolean own) {
        if (leads) {
            decisions.add(own);
            return own;
        }
        return decisions.remove();
    }

    @Override
    public Capabilities capabilities() {
        return runs.capabilities();
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        String plan = request.plan().layout().strategy().spec() + " on "
                + request.plan().layout().devices() + " devices, "
                + Hashing.sha256().hashString(request.plan().programs().toString(), UTF_8);
        if (leads) {
            plans.add(plan);
            results.add(runs.execute(request));
            return results.getLast();
        }
        String led = expected.remove();
        if (!led.equals(plan)) {
            throw new AssertionError("another plan than the one that leads runs: " + plan + " in place of " + led);
        }
        return results.remove();
    }

    @Override
    public void close() {
        // Whoever opened the backend that runs closes it.
    }
}
