package dev.kneepoint.metrics;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** The one place where timelines become metrics, for every backend. Pure. */
public final class MetricsCalculator {
    private static final double SECONDS_PER_HOUR = 3600;

    private MetricsCalculator() {}

    /**
     * Computes the uniform metrics.
     *
     * @param plan what was run
     * @param steps step times
     * @param timeline the median step's timeline
     * @param energy measured or modelled energy, if any
     * @param provenance how the figures came about
     * @param flags what a reader must know
     * @param origin backend, profile and the like
     * @param convention how attention's operations are counted
     * @return the metrics
     */
    public static ScalingMetrics compute(
            StepPlan plan,
            StepTimes steps,
            Timeline timeline,
            Optional<Energy> energy,
            Provenance provenance,
            SortedSet<String> flags,
            SortedMap<String, String> origin,
            FlopConvention convention) {
        Run run = new Run(
                plan.scenario().workload(),
                plan.scenario().cluster(),
                plan.layout().devices());
        return assemble(
                run,
                steps,
                meanParts(timeline),
                timeline.criticalParts(),
                meanBusy(timeline),
                energy,
                Optional.of(plan.memory()),
                provenance,
                flags,
                origin,
                convention);
    }

    /**
     * What metrics are relative to.
     *
     * @param workload the training step
     * @param cluster the machines
     * @param devices how many of their devices
     */
    record Run(TrainingWorkload workload, Cluster cluster, int devices) {}

    /** Every rate, utilisation and price follows from the median step time here and nowhere else. */
    static ScalingMetrics assemble(
            Run run,
            StepTimes steps,
            TimeParts mean,
            TimeParts critical,
            Busy busy,
            Optional<Energy> energy,
            Optional<MemoryUse> memory,
            Provenance provenance,
            SortedSet<String> flags,
            SortedMap<String, String> origin,
            FlopConvention convention) {
        double tokensPerSecond = run.workload().tokensPerStep() / steps.median().value();
        double price = run.cluster().pricePerDeviceHour();
        Optional<Double> cost = price > 0
                ? Optional.of(price / SECONDS_PER_HOUR * run.devices() / tokensPerSecond * 1e6)
                : Optional.empty();
        return new ScalingMetrics(
                run.devices(),
                steps,
                mean,
                critical,
                busy,
                tokensPerSecond,
                utilization(run, steps.median().value(), convention),
                energy,
                cost,
                memory,
                provenance,
                flags,
                origin);
    }

    /**
     * Classes of time, mean over the ranks.
     *
     * @param timeline the timeline
     * @return parts that add up to the step time
     */
    public static TimeParts meanParts(Timeline timeline) {
        double[] sum = new double[TimeClass.values().length];
        double ranks = 0;
        for (RankTimeline r : timeline.ranks()) {
            for (TimeClass c : TimeClass.values()) {
                sum[c.ordinal()] += r.ranks() * r.parts().of(c);
            }
            ranks += r.ranks();
        }
        return new TimeParts(
                sum[0] / ranks, sum[1] / ranks, sum[2] / ranks, sum[3] / ranks, sum[4] / ranks, sum[5] / ranks);
    }

    private static Busy meanBusy(Timeline timeline) {
        double ranks = 0;
        double compute = 0;
        double communication = 0;
        Map<String, Double> byAxis = new HashMap<>();
        Map<String, Double> bytes = new HashMap<>();
        for (RankTimeline r : timeline.ranks()) {
            ranks += r.ranks();
            compute += r.ranks() * r.busy().compute();
            communication += r.ranks() * r.busy().communication();
            r.busy().byAxis().forEach((axis, t) -> byAxis.merge(axis, r.ranks() * t, Double::sum));
            r.busy().bytesByAxis().forEach((axis, b) -> bytes.merge(axis, r.ranks() * b, Double::sum));
        }
        double n = ranks;
        byAxis.replaceAll((axis, t) -> t / n);
        bytes.replaceAll((axis, b) -> b / n);
        return Busy.of(compute / n, communication / n, byAxis, bytes);
    }

    private static Optional<Utilization> utilization(Run run, double step, FlopConvention convention) {
        TrainingWorkload w = run.workload();
        Optional<FlopsPerSecond> peak = run.cluster().accelerator().peak(w.precision());
        return peak.map(p -> {
            double model = ModelCounts.modelFlopsPerStep(w, convention) / step / run.devices();
            double hardware = ModelCounts.hardwareFlopsPerStep(w, convention) / step / run.devices();
            return new Utilization(model / p.value(), hardware / p.value(), new FlopsPerSecond(model), convention, p);
        });
    }
}
