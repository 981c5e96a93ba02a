package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import java.util.Map;
import java.util.Optional;

/**
 * Published rows that evidently are not the step that their columns describe: hung or limited runs, misprints, software
 * of a first month. They stay out of fits; what they do to the figures is reported with and without them. The list and
 * its reasons stand in {@code suspect-rows.json}.
 */
final class SuspectRows {
    private static final Map<String, String> REASONS = read();

    private SuspectRows() {}

    /** Why a row is suspect; empty if it is not. */
    static Optional<String> reason(String id) {
        return Optional.ofNullable(REASONS.get(id));
    }

    /** All reasons by id. */
    static Map<String, String> all() {
        return REASONS;
    }

    private static Map<String, String> read() {
        ImmutableMap.Builder<String, String> reasons = ImmutableMap.builder();
        for (JsonValue v : JsonFiles.resource(SuspectRows.class, "suspect-rows.json")
                .get("rows")
                .list()) {
            reasons.put(v.text("id"), v.text("reason"));
        }
        return reasons.buildOrThrow();
    }
}
