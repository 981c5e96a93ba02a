package dev.kneepoint.report;

import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.plan.StepPlan;
import java.io.Writer;

/** Writes one executed plan as {@code kneepoint.run/1}: a study point with its parts. */
public final class RunJson {
    private RunJson() {}

    /**
     * Writes one run.
     *
     * @param plan what was run
     * @param m what it gave
     * @param out where to; not closed
     */
    public static void write(StepPlan plan, ScalingMetrics m, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", "kneepoint.run/1")
                    .field("model", plan.scenario().workload().model().name())
                    .field("cluster", plan.scenario().cluster().name())
                    .field("strategy", plan.layout().strategy().spec())
                    .field("devices", (long) m.devices())
                    .field("micro_batch", (long) plan.layout().microBatch())
                    .field("global_batch", (long) plan.scenario().workload().globalBatch());
            StudyJson.figures(json, PointFields.of(m));
            StudyJson.provenance(json, m);
            parts(json, "mean_parts_s", m.meanParts());
            parts(json, "critical_parts_s", m.criticalParts());
            json.object("communication_by_axis_s");
            m.busy().byAxis().forEach(json::field);
            json.end();
            m.memory().ifPresent(use -> memory(json, use));
            m.utilization()
                    .ifPresent(u -> json.field(
                                    "flop_convention", u.convention().name().toLowerCase(java.util.Locale.ROOT))
                            .field("peak_tflops", u.peak().value() / 1e12));
            json.object("origin");
            m.origin().forEach(json::field);
            json.end().end();
        }
    }

    private static void parts(JsonOut json, String name, TimeParts parts) {
        json.object(name);
        for (TimeClass c : TimeClass.values()) {
            json.field(c.label(), parts.of(c));
        }
        json.end();
    }

    static void memory(JsonOut json, MemoryUse use) {
        json.object("memory_bytes");
        parts(json, use);
        json.field("total", use.total().value()).end();
    }

    /** What fills the memory, into an object that is open. */
    static void parts(JsonOut json, MemoryUse use) {
        json.field("weights", use.weights().value())
                .field("gradients", use.gradients().value())
                .field("optimizer", use.optimizer().value())
                .field("activations", use.activations().value())
                .field("transient_units", use.transientUnits().value())
                .field("overhead", use.overhead().value());
    }
}
