package dev.kneepoint.report;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.study.Scaling;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.Writer;
import java.util.Map;

/** Writes a study as {@code kneepoint.study/1}; the schema is {@code docs/study-1.schema.json}. */
public final class StudyJson {
    /** Name and version of the format. */
    public static final String SCHEMA = "kneepoint.study/1";

    private StudyJson() {}

    /**
     * Writes one study.
     *
     * @param study the study
     * @param out where to; not closed
     */
    public static void write(StudyResult study, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", SCHEMA).field("title", study.title());
            scenario(json, study);
            json.list("series");
            for (StudySeries s : study.series()) {
                series(json, s);
            }
            json.endList();
            verdict(json, study);
            json.object("assumptions");
            study.assumptions().forEach(json::field);
            json.end().end();
        }
    }

    private static void scenario(JsonOut json, StudyResult study) {
        TrainingWorkload w = study.scenario().workload();
        Cluster c = study.scenario().cluster();
        json.object("scenario")
                .field("model", w.model().name())
                .field("cluster", c.name())
                .field("accelerator", c.accelerator().name())
                .field("scaling", study.scaling().label())
                .field(study.scaling() == Scaling.STRONG ? "global_batch" : "local_batch", (long) study.batch())
                .field("sequence_length", (long) w.sequenceLength())
                .field("precision", w.precision().label())
                .field("recompute", w.recompute().label())
                .field("stack", study.scenario().stack().name())
                .field("hardware", study.scenario().hardware().name())
                .field("backend", study.backend())
                .field("price_usd_per_device_hour", c.pricePerDeviceHour())
                .end();
    }

    private static void series(JsonOut json, StudySeries s) {
        json.object().field("strategy", s.name()).list("points");
        for (StudyPoint p : s.points()) {
            json.object();
            switch (p) {
                case StudyPoint.CannotRun no ->
                    json.field("devices", (long) no.devices()).field("infeasible", no.reason());
                case StudyPoint.Ran ran -> {
                    json.field("devices", (long) ran.devices()).field("strategy", ran.strategy());
                    figures(json, PointFields.of(s, ran));
                    provenance(json, ran.metrics());
                }
            }
            json.end();
        }
        json.endList();
        knee(json, s.knee());
        if (!s.limiter().isBlank()) {
            json.field("limited_by", s.limiter());
        }
        json.end();
    }

    static void figures(JsonOut json, Map<String, Double> fields) {
        for (String column : PointFields.COLUMNS) {
            Double value = fields.get(column);
            if (value == null || column.equals("devices")) {
                continue;
            }
            if (value == Math.rint(value) && Math.abs(value) < 1e15 && isCount(column)) {
                json.field(column, value.longValue());
            } else {
                json.field(column, value);
            }
        }
    }

    private static boolean isCount(String column) {
        return column.endsWith("_batch") || column.equals("samples") || column.equals("memory_bytes_per_device");
    }

    static void provenance(JsonOut json, ScalingMetrics m) {
        json.field("provenance", m.provenance().label()).list("flags");
        m.flags().forEach(json::item);
        json.endList();
    }

    private static void knee(JsonOut json, KneeResult knee) {
        json.object("knee");
        switch (knee) {
            case KneeResult.At at -> {
                json.field("kind", "at").field("devices", (long) at.devices());
                at.returnBefore().ifPresent(r -> json.field("return_before", r));
                json.field("return_after", at.returnAfter());
            }
            case KneeResult.BeyondRange beyond ->
                json.field("kind", "beyond-range").field("largest_devices", (long) beyond.largest());
            case KneeResult.Never never -> json.field("kind", "never");
        }
        json.field("reason", knee.reason()).end();
    }

    private static void verdict(JsonOut json, StudyResult study) {
        json.object("verdict").field("sentence", study.verdict().sentence());
        if (!study.verdict().bestStrategy().isBlank()) {
            json.field("best_strategy", study.verdict().bestStrategy())
                    .field("baseline", study.verdict().baseline())
                    .field("gain_at_largest", study.verdict().gainAtLargest());
        }
        json.list("notes");
        study.verdict().notes().forEach(json::item);
        json.endList().end();
    }
}
