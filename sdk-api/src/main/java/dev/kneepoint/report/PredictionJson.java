package dev.kneepoint.report;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.MultiplierEstimate;
import dev.kneepoint.calibration.Outlier;
import dev.kneepoint.calibration.SeriesCalibration;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.PredictedPoint;
import dev.kneepoint.study.ScalingPrediction;
import dev.kneepoint.study.StudyPoint;
import java.io.Writer;

/** Writes a prediction as {@code kneepoint.prediction/1}; the fields are in {@code docs/formats.md}. */
@Incubating
public final class PredictionJson {
    /** Name and version of the format. */
    public static final String SCHEMA = "kneepoint.prediction/1";

    private PredictionJson() {}

    /**
     * Writes one prediction.
     *
     * @param prediction the prediction
     * @param out where to; not closed
     */
    public static void write(ScalingPrediction prediction, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", SCHEMA);
            scenario(json, prediction);
            calibration(json, prediction.calibration());
            json.list("points");
            prediction.points().forEach(p -> point(json, p));
            json.endList().list("refused");
            for (StudyPoint.CannotRun r : prediction.refused()) {
                json.object()
                        .field("devices", (long) r.devices())
                        .field("reason", r.reason())
                        .end();
            }
            json.endList();
            knee(json, prediction.knee());
            json.field("verdict", prediction.sentence()).end();
        }
    }

    private static void scenario(JsonOut json, ScalingPrediction p) {
        Scenario s = p.scenario();
        json.object("scenario")
                .field("model", s.workload().model().name())
                .field("cluster", s.cluster().name())
                .field("stack", s.stack().name())
                .field("precision", s.workload().precision().label())
                .field("sequence_length", (long) s.workload().sequenceLength())
                .field("strategy", p.strategy())
                .field("scaling", p.scaling().label())
                .field("batch", (long) p.batch())
                .field("interval", p.interval())
                .end();
    }

    private static void calibration(JsonOut json, SeriesCalibration c) {
        json.object("calibration")
                .field("calibrated", c.isCalibrated())
                .field("points", (long) c.used().size())
                .field("merged", (long) c.merged())
                .list("multipliers");
        for (MultiplierEstimate e : c.estimates()) {
            json.object()
                    .field("name", e.which().label())
                    .field("value", e.value())
                    .field("low", e.low())
                    .field("high", e.high())
                    .field("learned", e.learned())
                    .end();
        }
        json.endList().list("cannot_tell");
        c.cannotTell().forEach(json::item);
        json.endList().list("outliers");
        for (Outlier o : c.outliers()) {
            json.object()
                    .field("point", o.point().name())
                    .field("devices", (long) o.point().devices())
                    .field("measured_step_s", o.point().seconds())
                    .field("rel_error", o.relativeError())
                    .field("excluded", o.excluded())
                    .end();
        }
        json.endList().end();
    }

    private static void point(JsonOut json, PredictedPoint p) {
        json.object()
                .field("devices", (long) p.devices())
                .field("strategy", p.strategy())
                .field("global_batch", (long) p.globalBatch())
                .field("step_s", p.step().seconds())
                .field("low_s", p.step().low())
                .field("high_s", p.step().high())
                .field("tokens_per_s", p.tokensPerSecond())
                .field("mfu", p.mfu());
        p.measuredSeconds().ifPresent(v -> json.field("measured_step_s", v));
        json.end();
    }

    private static void knee(JsonOut json, KneeResult knee) {
        json.object("knee");
        switch (knee) {
            case KneeResult.At at -> json.field("kind", "at").field("devices", (long) at.devices());
            case KneeResult.BeyondRange beyond ->
                json.field("kind", "beyond").field("devices", (long) beyond.largest());
            case KneeResult.Never never -> json.field("kind", "never");
        }
        json.field("reason", knee.reason()).end();
    }
}
