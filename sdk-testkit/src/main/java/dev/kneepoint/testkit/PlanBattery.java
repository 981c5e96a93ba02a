package dev.kneepoint.testkit;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Legal plans of every kind run to the end and move what they say. */
final class PlanBattery {
    static final int PLANS = 50;
    static final int MOST_RANKS = 16;
    private static final long SEED = 20261126;

    private PlanBattery() {}

    static List<Check> checks() {
        PlanRuns runs = new PlanRuns(SEED, MOST_RANKS, PLANS);
        return List.of(
                new Check(
                        PLANS + " random legal plans run to the end for all their ranks",
                        s -> runs.on(s).forEach(r -> ranks(r.plan(), r.result()))),
                new Check(
                        "the bytes that ranks send are the plan's",
                        s -> runs.on(s).forEach(r -> bytes(r.plan(), r.result()))),
                new Check("a plan with too many ranks is refused with the limit", PlanBattery::tooManyRanks));
    }

    static String describe(StepPlan plan) {
        return plan.layout().strategy().spec() + " "
                + plan.layout().strategy().schedule().label() + " on "
                + plan.layout().devices() + " ranks, " + plan.layout().microBatches() + " micro-batches, "
                + plan.scenario().workload().model().name();
    }

    private static void ranks(StepPlan plan, ExecutionResult result) {
        int ranks =
                result.timeline().ranks().stream().mapToInt(RankTimeline::ranks).sum();
        Expect.that(ranks == plan.layout().devices(), describe(plan) + ": the timelines stand for " + ranks + " ranks");
    }

    /** Transfers may round to whole elements, so that each differs by less than an element per rank. */
    private static void bytes(StepPlan plan, ExecutionResult result) {
        SortedMap<String, Double> planned = new TreeMap<>();
        for (int stage = 0; stage < plan.programs().size(); stage++) {
            int ranks = plan.programs().get(stage).ranks();
            plan.bytesSent(stage).forEach((axis, b) -> planned.merge(axis, ranks * b, Double::sum));
        }
        compare(plan, planned, moved(result));
    }

    private static SortedMap<String, Double> moved(ExecutionResult result) {
        SortedMap<String, Double> out = new TreeMap<>();
        for (RankTimeline r : result.timeline().ranks()) {
            r.busy().bytesByAxis().forEach((axis, b) -> out.merge(axis, r.ranks() * b, Double::sum));
        }
        return out;
    }

    private static void compare(StepPlan plan, Map<String, Double> planned, Map<String, Double> moved) {
        Expect.that(
                moved.keySet().equals(planned.keySet()),
                describe(plan) + ": traffic on " + moved.keySet() + ", planned on " + planned.keySet());
        planned.forEach((axis, bytes) -> Expect.that(
                Math.abs(moved.getOrDefault(axis, 0.0) - bytes) <= 1 + 2e-3 * bytes,
                describe(plan) + ": " + moved.getOrDefault(axis, 0.0) + " bytes on " + axis + ", planned " + bytes));
    }

    private static void tooManyRanks(Subject subject) {
        subject.with(backend -> {
            int most = backend.capabilities().maxRanks();
            if (most > 1 << 14) {
                return;
            }
            StepPlan plan = TinyPlans.of("ddp,mb=1", most + 1, most + 1);
            UnsupportedPlanException e = Expect.expectThrows(
                    UnsupportedPlanException.class,
                    "a plan of " + (most + 1) + " ranks",
                    () -> Subject.run(backend, plan));
            Expect.that(
                    Expect.message(e).contains(String.valueOf(most)),
                    "the refusal does not name the limit " + most + ": " + e.getMessage());
        });
    }
}
