package dev.kneepoint.calibration;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Runs whose true step time the model itself gives, with other multipliers than one. */
final class SyntheticRuns {
    private final Multipliers truth;
    private final double noise;
    private final Random random;

    SyntheticRuns(Multipliers truth, double noise, long seed) {
        this.truth = truth;
        this.noise = noise;
        this.random = new Random(seed);
    }

    /** Llama-2 7B under FSDP, two sequences per device. */
    static Scenario scenario(int devices) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 2 * devices),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
    }

    static Layout layout(int devices) {
        return switch (Layout.of(scenario(devices).workload(), ParallelismStrategy.parse("fsdp,mb=2"), devices)) {
            case Feasibility.Feasible f -> f.layout();
            case Feasibility.Infeasible i -> throw new AssertionError(i);
        };
    }

    double seconds(int devices) {
        MeasuredPoint p = new MeasuredPoint("truth", scenario(devices), layout(devices), 1, 1);
        return p.predicted(truth) * Math.exp(noise * random.nextGaussian());
    }

    MeasuredPoint point(int devices) {
        return new MeasuredPoint(devices + " devices", scenario(devices), layout(devices), 1, seconds(devices));
    }

    List<MeasuredPoint> points(int... sizes) {
        List<MeasuredPoint> out = new ArrayList<>();
        for (int devices : sizes) {
            out.add(point(devices));
        }
        return out;
    }
}
