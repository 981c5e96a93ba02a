package dev.kneepoint.testkit;

import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.FlopConvention;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** What must hold of every backend's figures, whatever they are. */
final class MetricsBattery {
    private static final double RELATIVE = 1e-6;
    private static final double NANOSECOND = 1e-9;

    private static final long SEED = 20261127;
    private static final int MOST_RANKS = 8;
    private static final int PLANS = 8;

    private MetricsBattery() {}

    static List<Check> checks() {
        PlanRuns runs = new PlanRuns(SEED, MOST_RANKS, PLANS);
        return List.of(
                new Check("the parts of every rank add up to the step time", each(runs, MetricsBattery::parts)),
                new Check("busy times fit into the step", each(runs, MetricsBattery::busy)),
                new Check("an axis with traffic has busy time", each(runs, MetricsBattery::axes)),
                new Check("percentiles, samples and warm-up are as asked", MetricsBattery::samples),
                new Check("no device executes more than its peak", each(runs, MetricsBattery::peak)),
                new Check(
                        "spans are recorded when asked, in order on each stream, inside the step",
                        MetricsBattery::spans),
                new Check("provenance and origin say where figures come from", each(runs, MetricsBattery::provenance)),
                new Check("power is there only if the backend measures it", MetricsBattery::power));
    }

    private static Check.Body each(PlanRuns runs, BiConsumer<StepPlan, ExecutionResult> body) {
        return subject -> {
            List<PlanRuns.Run> all = runs.on(subject);
            String id = all.getFirst().result().origin().getOrDefault("backend", "");
            Expect.that(id.equals(subject.id()), "origin names backend '" + id + "', not '" + subject.id() + "'");
            all.forEach(run -> body.accept(run.plan(), run.result()));
        };
    }

    private static void parts(StepPlan plan, ExecutionResult r) {
        double step = r.timeline().step().value();
        for (RankTimeline rank : r.timeline().ranks()) {
            near(
                    rank.label() + " of " + PlanBattery.describe(plan),
                    rank.parts().total(),
                    step);
        }
        TimeParts mean = MetricsCalculator.meanParts(r.timeline());
        near("mean of " + PlanBattery.describe(plan), mean.total(), step);
        near(
                "critical rank of " + PlanBattery.describe(plan),
                r.timeline().criticalParts().total(),
                step);
    }

    private static void near(String what, double actual, double expected) {
        Expect.that(
                Math.abs(actual - expected) <= RELATIVE * expected + NANOSECOND,
                what + ": " + actual + " s, the step takes " + expected + " s");
    }

    private static void busy(StepPlan plan, ExecutionResult r) {
        double step = r.timeline().step().value() * (1 + RELATIVE) + NANOSECOND;
        for (RankTimeline rank : r.timeline().ranks()) {
            String what = rank.label() + " of " + PlanBattery.describe(plan);
            Expect.that(rank.busy().compute() <= step, what + " computes longer than the step");
            Expect.that(rank.busy().compute() > 0, what + " never computes");
            Expect.that(
                    rank.busy().compute() >= rank.parts().compute() * (1 - RELATIVE) - NANOSECOND,
                    what + " is in compute longer than it computes");
        }
    }

    private static void axes(StepPlan plan, ExecutionResult r) {
        for (RankTimeline rank : r.timeline().ranks()) {
            rank.busy()
                    .bytesByAxis()
                    .forEach((axis, bytes) -> Expect.that(
                            bytes > 0 && rank.busy().byAxis().getOrDefault(axis, 0.0) > 0,
                            rank.label() + " of " + PlanBattery.describe(plan) + " sends " + bytes + " bytes on " + axis
                                    + " in no time"));
        }
    }

    private static void samples(Subject subject) {
        subject.with(backend -> {
            ExecutionResult r = backend.execute(Subject.request(Subject.pair(backend, "ddp"), 2, 5, false));
            Expect.that(r.steps().p5().compareTo(r.steps().median()) <= 0, "p5 is above the median");
            Expect.that(r.steps().p95().compareTo(r.steps().median()) >= 0, "p95 is below the median");
            boolean exact = r.steps().samples() == 5 && r.steps().warmup() == 2;
            boolean single =
                    r.steps().samples() == 1 && r.steps().p5().equals(r.steps().p95());
            Expect.that(
                    exact || single,
                    "asked for 5 steps after 2, got " + r.steps().samples() + " after "
                            + r.steps().warmup() + "; only a deterministic backend may run fewer");
            near("median step", r.steps().median().value(), r.timeline().step().value());
        });
    }

    private static void peak(StepPlan plan, ExecutionResult r) {
        ScalingMetrics m = MetricsCalculator.compute(
                plan,
                r.steps(),
                r.timeline(),
                r.energy(),
                r.provenance(),
                r.flags(),
                r.origin(),
                FlopConvention.CAUSAL);
        double peak = plan.scenario()
                .cluster()
                .accelerator()
                .peak(plan.scenario().workload().precision())
                .orElseThrow()
                .value();
        double executed =
                plan.executedFlops() / m.stepTime().value() / plan.layout().devices();
        Expect.that(
                executed <= peak,
                PlanBattery.describe(plan) + " executes " + executed + " FLOP/s per device, the peak is " + peak);
        Expect.that(m.tokensPerSecond() > 0, "no tokens per second");
    }

    private static void spans(Subject subject) {
        subject.with(backend -> {
            int ranks = Math.min(4, backend.capabilities().maxRanks());
            StepPlan plan = TinyPlans.of(ranks > 1 ? "fsdp,tp=2" : "fsdp", ranks, 4);
            ExecutionResult without = backend.execute(Subject.request(plan, 0, 1, false));
            without.timeline().ranks().forEach(k -> Expect.that(k.spans().isEmpty(), "spans that nobody asked for"));
            ExecutionResult r = backend.execute(Subject.request(plan, 0, 1, true));
            long end = Math.round(r.timeline().step().value() * 1e12) + 1000;
            for (RankTimeline rank : r.timeline().ranks()) {
                Expect.that(!rank.spans().isEmpty(), rank.label() + " records no span");
                Map<String, Long> last = new HashMap<>();
                for (Span s : rank.spans()) {
                    Expect.that(
                            s.startPicos() >= last.getOrDefault(s.stream(), 0L),
                            rank.label() + ": '" + s.name() + "' begins before the span before it on " + s.stream()
                                    + " ends");
                    Expect.that(s.endPicos() <= end, rank.label() + ": '" + s.name() + "' ends after the step");
                    last.put(s.stream(), s.endPicos());
                }
            }
        });
    }

    private static void provenance(StepPlan plan, ExecutionResult r) {
        Expect.that(
                !r.origin().getOrDefault("backend", "").isBlank(),
                PlanBattery.describe(plan) + ": the origin names no backend");
        Expect.that(r.origin().containsKey("device"), PlanBattery.describe(plan) + ": the origin names no device");
    }

    private static void power(Subject subject) {
        subject.with(backend -> {
            boolean measures = backend.capabilities().measuresPower();
            boolean has =
                    Subject.run(backend, Subject.pair(backend, "ddp")).energy().isPresent();
            Expect.that(measures == has, "capabilities say " + measures + " to power, the result " + has);
        });
    }
}
