package dev.kneepoint.samples.report;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Utilization;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.Scaling;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.study.Verdict;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.units.Seconds;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Studies with invented figures: three strategies with the three kinds of knee, and sizes that cannot run. */
final class SampleStudies {
    static final String FSDP = "fsdp";
    static final String TENSOR = "fsdp,tp=2";
    static final String PIPELINE = "dp,tp=4,pp=2,schedule=interleaved,virtual=2";
    private static final double PEAK = 989e12;

    private SampleStudies() {}

    static List<StudyResult> both() {
        return List.of(study(Scaling.WEAK), study(Scaling.STRONG));
    }

    static StudyResult study(Scaling scaling) {
        return study(scaling, Provenance.SIMULATED, cluster());
    }

    static StudyResult study(Scaling scaling, Provenance provenance, Cluster cluster) {
        List<StudySeries> series = List.of(
                new StudySeries(
                        FSDP,
                        points(FSDP, scaling, 0.16, 0, provenance, cluster),
                        new KneeResult.At(
                                256,
                                OptionalDouble.of(0.78),
                                0.41,
                                "doubling beyond 256 devices returns less than half of proportional"),
                        "exposed communication"),
                new StudySeries(
                        TENSOR,
                        points(TENSOR, scaling, 0.07, 8, provenance, cluster),
                        new KneeResult.BeyondRange(2048, "every studied step returns at least half of proportional"),
                        "exposed communication"),
                new StudySeries(
                        PIPELINE,
                        points(PIPELINE, scaling, 0.3, 64, provenance, cluster),
                        new KneeResult.Never("no step returns half of proportional"),
                        "bubble"));
        String kind = scaling.label() + " scaling";
        return new StudyResult(
                "llama2-7b on " + cluster.name() + ", " + kind,
                scenario(cluster),
                scaling,
                scaling == Scaling.WEAK ? 2 : 1024,
                "sim",
                series,
                new Verdict(
                        "Stop at 256 H100 devices with fsdp; beyond that, fsdp,tp=2 keeps scaling to 2,048 devices"
                                + " and is 38.2 % quicker there (" + kind + ").",
                        TENSOR,
                        FSDP,
                        0.382,
                        List.of(
                                "At 2,048 devices fsdp spends 61 % of the step in exposed communication.",
                                "The pipeline cannot run below 64 devices.")),
                ImmutableSortedMap.of(
                        "knee rule", "return of a doubling at least 50 % of proportional",
                        "micro-batch", "the largest that fits, at most 4",
                        "noise", "device speeds spread by 1.5 %"));
    }

    /** A study in which nothing fits. */
    static StudyResult nothingRan() {
        StudySeries none = new StudySeries(
                FSDP,
                List.of(new StudyPoint.CannotRun(8, "needs 93.1 GB, the device has 80 GB")),
                new KneeResult.Never("fewer than two sizes ran"),
                "");
        return new StudyResult(
                "nothing fits",
                scenario(cluster()),
                Scaling.STRONG,
                64,
                "sim",
                List.of(none),
                new Verdict("No studied size can run.", "", "", 0, List.of()),
                ImmutableSortedMap.of());
    }

    /** The same study with other texts, to see how they are escaped. */
    static StudyResult hostile(String text) {
        List<StudySeries> series = List.of(new StudySeries(
                text,
                List.of(
                        new StudyPoint.CannotRun(4, text),
                        ran(text, 8, 0.4, Scaling.WEAK, Provenance.SIMULATED, cluster(), text)),
                new KneeResult.Never(text),
                text));
        return new StudyResult(
                text,
                scenario(cluster().withPrice(2, text)),
                Scaling.WEAK,
                2,
                text,
                series,
                new Verdict(text, text, text, 0.1, List.of(text)),
                ImmutableSortedMap.of(text, text));
    }

    static Cluster cluster() {
        return ClusterCatalog.get("dgx-h100");
    }

    private static Scenario scenario(Cluster cluster) {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 2);
        return Scenario.of(workload, cluster, ProfileCatalog.stack("torch-fsdp"));
    }

    private static List<StudyPoint> points(
            String strategy, Scaling scaling, double loss, int least, Provenance provenance, Cluster cluster) {
        List<StudyPoint> points = new ArrayList<>();
        for (int devices = 8; devices <= 2048; devices *= 2) {
            if (devices < least) {
                points.add(new StudyPoint.CannotRun(devices, "the strategy needs a multiple of " + least + " devices"));
                continue;
            }
            double doublings = Math.log((double) devices / 8) / Math.log(2);
            double busy = 0.92 - loss * 0.1 - loss * doublings * doublings / 16 * (scaling == Scaling.STRONG ? 1.3 : 1);
            points.add(ran(strategy, devices, Math.max(0.12, busy), scaling, provenance, cluster, "sim hopper"));
        }
        return points;
    }

    private static StudyPoint.Ran ran(
            String strategy,
            int devices,
            double busy,
            Scaling scaling,
            Provenance provenance,
            Cluster cluster,
            String origin) {
        int batch = scaling == Scaling.WEAK ? 2 * devices : 1024;
        double mfu = 0.52 * busy;
        double rate = mfu * PEAK * devices / 45e9;
        double step = batch * 4096.0 / rate;
        double rest = (1 - busy) * step;
        boolean pipeline = strategy.contains("pp");
        TimeParts parts = new TimeParts(
                busy * step,
                rest * (pipeline ? 0.3 : 0.8),
                pipeline ? rest * 0.5 : 0,
                rest * 0.1,
                rest * 0.06,
                rest * 0.04);
        double watts = 700 * (0.55 + 0.4 * busy);
        double price = cluster.pricePerDeviceHour();
        ScalingMetrics metrics = new ScalingMetrics(
                devices,
                new StepTimes(new Seconds(step), new Seconds(step * 0.98), new Seconds(step * 1.04), 20, 3),
                parts,
                parts,
                Busy.of(
                        parts.compute(),
                        parts.exposedCommunication() * 2,
                        Map.of("dp", parts.exposedCommunication()),
                        Map.of()),
                rate,
                Optional.of(new Utilization(
                        mfu, mfu, new FlopsPerSecond(mfu * PEAK), FlopConvention.NON_CAUSAL, new FlopsPerSecond(PEAK))),
                Optional.of(new Energy(watts, watts + 430, watts * devices / rate)),
                price > 0 ? Optional.of(price / 3600 * devices / rate * 1e6) : Optional.empty(),
                Optional.of(new MemoryUse(
                        Bytes.gb(3.4),
                        Bytes.gb(3.4),
                        Bytes.gb(81.0 / devices),
                        Bytes.gb(38),
                        Bytes.gb(2),
                        Bytes.gb(6))),
                provenance,
                devices > 1024 ? ImmutableSortedSet.of("beyond-fit") : ImmutableSortedSet.of(),
                ImmutableSortedMap.of("backend", origin, "profile", "hopper+infiniband"));
        return new StudyPoint.Ran(devices, strategy + ",mbs=2", 2, batch, metrics);
    }
}
