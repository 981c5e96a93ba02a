package dev.kneepoint.study;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Locale;
import java.util.SortedMap;

/** Lists what a study's figures rest on. */
final class Assumptions {
    private Assumptions() {}

    static SortedMap<String, String> of(Scenario s, ScalingStudyBuilder settings) {
        TrainingWorkload w = s.workload();
        Cluster c = s.cluster();
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        out.put(
                "model",
                String.format(
                        Locale.ROOT,
                        "%s, %.2f billion parameters, sequence %,d",
                        w.model().name(),
                        ModelCounts.parameters(w.model()) / 1e9,
                        w.sequenceLength()));
        out.put(
                "precision",
                w.precision().label() + ", recomputation " + w.recompute().label());
        out.put("optimizer", w.optimizer().name());
        out.put(
                "cluster",
                c.name() + ": " + c.node().devices() + " x " + c.accelerator().name() + " per node, scale-up domain of "
                        + c.fabric().scaleUpDomain() + " at " + c.fabric().scaleUpBandwidth() + " per device, "
                        + c.fabric().network().label() + " at " + nodeRate(c) + " per node, oversubscription "
                        + c.fabric().oversubscription());
        out.put(
                "peak",
                c.accelerator()
                        .peak(w.precision())
                        .map(p -> p + " dense " + w.precision().label() + " per device")
                        .orElse("unknown for " + w.precision().label()));
        out.put("mfu", "model FLOPs over step time, devices and peak; attention counted in full (non-causal)");
        out.put("power limit", c.accelerator().power() + " per device; node overhead not included in tokens per joule");
        out.put(
                "price",
                String.format(Locale.ROOT, "%.2f USD per device and hour (%s)", c.pricePerDeviceHour(), c.priceNote()));
        out.put(
                "hardware profile",
                s.hardware().name() + ": " + s.hardware().device().source());
        out.put("network profile", s.hardware().network().source());
        out.put(
                "software stack",
                s.stack().name() + " of " + s.stack().date() + ": " + s.stack().source());
        out.put("backend", settings.backend);
        out.put("knee rule", settings.rule.toString());
        return out.build();
    }

    private static BytesPerSecond nodeRate(Cluster c) {
        return new BytesPerSecond(
                c.fabric().networkBandwidthPerDevice().value() * c.node().devices());
    }
}
