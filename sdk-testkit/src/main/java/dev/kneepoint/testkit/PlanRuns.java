package dev.kneepoint.testkit;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionResult;
import java.util.ArrayList;
import java.util.List;

/** Random plans that several checks look at, run once for all of them. */
final class PlanRuns {
    /** A plan and what came of it. */
    record Run(StepPlan plan, ExecutionResult result) {}

    private final long seed;
    private final int mostRanks;
    private final int plans;
    private List<Run> runs = List.of();

    /**
     * Runs of nothing yet.
     *
     * @param seed of the plans
     * @param mostRanks of a plan, where the backend has so many
     * @param plans how many
     */
    PlanRuns(long seed, int mostRanks, int plans) {
        this.seed = seed;
        this.mostRanks = mostRanks;
        this.plans = plans;
    }

    /** The runs; the first who asks waits for them. */
    synchronized List<Run> on(Subject subject) {
        if (runs.isEmpty()) {
            try (Backend backend = subject.open()) {
                runs = all(backend);
            }
        }
        return runs;
    }

    private List<Run> all(Backend backend) {
        Capabilities c = backend.capabilities();
        TinyPlans random = new TinyPlans(seed, Math.min(mostRanks, c.maxRanks()), c.precisions());
        List<Run> out = new ArrayList<>();
        for (int i = 0; i < plans; i++) {
            StepPlan plan = random.next();
            try {
                out.add(new Run(plan, Subject.run(backend, plan)));
            } catch (RuntimeException e) {
                throw new AssertionError(PlanBattery.describe(plan) + " fails: " + e.getMessage(), e);
            }
        }
        return List.copyOf(out);
    }
}
