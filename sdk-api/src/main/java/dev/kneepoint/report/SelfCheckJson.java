package dev.kneepoint.report;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.probe.CheckedPlan;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.internal.json.JsonOut;
import java.io.Writer;

/**
 * Writes a self-check as {@code kneepoint.selfcheck/1}; the fields are in {@code docs/formats.md}.
 *
 * @since 0.2
 */
@Incubating
public final class SelfCheckJson {
    /** Name and version of the format. */
    public static final String SCHEMA = "kneepoint.selfcheck/1";

    private SelfCheckJson() {}

    /**
     * Writes one check.
     *
     * @param backend id of the backend that ran the plans
     * @param check the check
     * @param out where to; not closed
     */
    public static void write(String backend, SelfCheck check, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", SCHEMA).field("backend", backend).list("plans");
            for (CheckedPlan p : check.plans()) {
                json.object()
                        .field("id", p.id())
                        .field("strategy", p.strategy())
                        .field("devices", (long) p.devices())
                        .field("predicted_s", p.predictedSeconds())
                        .field("measured_s", p.measuredSeconds())
                        .end();
            }
            json.endList().end();
        }
    }
}
