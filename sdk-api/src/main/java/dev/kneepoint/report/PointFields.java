package dev.kneepoint.report;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudySeries;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The figures of a point under their file names; the one list behind JSON, CSV and tables. */
public final class PointFields {
    /** All columns in order, unknown metrics included. */
    public static final List<String> COLUMNS = List.of(
            "devices",
            "micro_batch",
            "global_batch",
            "step_time_s",
            "compute_s",
            "communication_s",
            "exposed_communication_s",
            "bubble_s",
            "straggler_s",
            "launch_s",
            "idle_s",
            "tokens_per_s",
            "tokens_per_s_per_device",
            "mfu",
            "hfu",
            "tflops_per_device",
            "speedup",
            "efficiency",
            "marginal_tokens_per_s_per_device",
            "power_w_per_device",
            "tokens_per_joule",
            "cost_per_million_tokens_usd",
            "memory_bytes_per_device",
            "samples");

    private PointFields() {}

    /**
     * Figures of a point, without what depends on other points.
     *
     * @param m its metrics
     * @return by file name, in column order; unknown ones are left out
     */
    public static Map<String, Double> of(ScalingMetrics m) {
        Map<String, Double> out = new LinkedHashMap<>();
        out.put("devices", (double) m.devices());
        out.put("step_time_s", m.stepTime().value());
        out.put("compute_s", m.meanParts().compute());
        out.put("communication_s", m.busy().communication());
        out.put("exposed_communication_s", m.meanParts().exposedCommunication());
        out.put("bubble_s", m.meanParts().bubble());
        out.put("straggler_s", m.meanParts().straggler());
        out.put("launch_s", m.meanParts().launch());
        out.put("idle_s", m.meanParts().idle());
        out.put("tokens_per_s", m.tokensPerSecond());
        out.put("tokens_per_s_per_device", m.tokensPerSecondPerDevice());
        m.utilization().ifPresent(u -> {
            out.put("mfu", u.mfu());
            out.put("hfu", u.hfu());
            out.put("tflops_per_device", u.modelFlopsPerDevice().value() / 1e12);
        });
        m.energy().ifPresent(e -> {
            out.put("power_w_per_device", e.wattsPerDevice());
            out.put("tokens_per_joule", e.tokensPerJoule());
        });
        m.usdPerMillionTokens().ifPresent(c -> out.put("cost_per_million_tokens_usd", c));
        m.memory()
                .ifPresent(b ->
                        out.put("memory_bytes_per_device", (double) b.total().value()));
        out.put("samples", (double) m.step().samples());
        return out;
    }

    /**
     * Figures of a point inside its series: speed-up and efficiency against the smallest size that ran, and what each
     * device added since the size before brought.
     *
     * @param series the series
     * @param point one of its points
     * @return by file name
     */
    public static Map<String, Double> of(StudySeries series, StudyPoint.Ran point) {
        Map<String, Double> out = of(point.metrics());
        out.put("micro_batch", (double) point.microBatch());
        out.put("global_batch", (double) point.globalBatch());
        List<StudyPoint.Ran> ran = series.ran();
        StudyPoint.Ran first = ran.get(0);
        double speedup = point.metrics().tokensPerSecond() / first.metrics().tokensPerSecond();
        out.put("speedup", speedup);
        out.put("efficiency", speedup * first.devices() / point.devices());
        before(ran, point)
                .ifPresent(b -> out.put(
                        "marginal_tokens_per_s_per_device",
                        (point.metrics().tokensPerSecond() - b.metrics().tokensPerSecond())
                                / (point.devices() - b.devices())));
        return out;
    }

    private static Optional<StudyPoint.Ran> before(List<StudyPoint.Ran> ran, StudyPoint.Ran point) {
        int i = ran.indexOf(point);
        return i > 0 ? Optional.of(ran.get(i - 1)) : Optional.empty();
    }
}
