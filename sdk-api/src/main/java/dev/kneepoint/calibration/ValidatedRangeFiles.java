package dev.kneepoint.calibration;

import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.internal.json.JsonValue;
import java.io.Writer;
import java.util.EnumMap;
import java.util.Map;

/** Reads and writes {@code kneepoint.validated-range/1}. */
final class ValidatedRangeFiles {
    private ValidatedRangeFiles() {}

    static ValidatedRange shipped() {
        return read(JsonFiles.resource(ValidatedRangeFiles.class, "validated-range.json"));
    }

    static ValidatedRange read(JsonValue v) {
        Map<TrustLevel, Double> widening = new EnumMap<>(TrustLevel.class);
        for (TrustLevel level : TrustLevel.values()) {
            widening.put(level, v.get("widening").number(level.label()));
        }
        return v.build(() -> new ValidatedRange(
                v.get("kinds").list().stream().map(ValidatedRangeFiles::kind).toList(),
                widening,
                v.get("held_out").bool()));
    }

    private static ValidatedKind kind(JsonValue v) {
        return v.build(() -> new ValidatedKind(
                v.text("architecture"),
                v.text("network"),
                v.text("stack"),
                v.text("precision"),
                v.text("model"),
                v.text("layout"),
                v.positive("least_devices"),
                v.positive("most_devices"),
                v.positive("least_parameters"),
                v.positive("most_parameters"),
                v.integer("rows"),
                v.get("families").list().stream().map(JsonValue::text).toList(),
                v.number("median"),
                v.number("p80"),
                v.number("p90"),
                v.number("bias"),
                v.number("pulled")));
    }

    static void write(ValidatedRange range, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", "kneepoint.validated-range/1")
                    .field("held_out", range.heldOut())
                    .object("widening");
            for (TrustLevel level : TrustLevel.values()) {
                json.field(level.label(), range.widening().getOrDefault(level, 1.0));
            }
            json.end().list("kinds");
            range.kinds().forEach(k -> write(k, json));
            json.endList().end();
        }
    }

    private static void write(ValidatedKind k, JsonOut json) {
        json.object()
                .field("architecture", k.architecture())
                .field("network", k.network())
                .field("stack", k.stack())
                .field("precision", k.precision())
                .field("model", k.model())
                .field("layout", k.layout())
                .field("least_devices", k.leastDevices())
                .field("most_devices", k.mostDevices())
                .field("least_parameters", k.leastParameters())
                .field("most_parameters", k.mostParameters())
                .field("rows", (long) k.rows())
                .list("families");
        k.families().forEach(json::item);
        json.endList()
                .field("median", k.median())
                .field("p80", k.p80())
                .field("p90", k.p90())
                .field("bias", k.bias())
                .field("pulled", k.pulled())
                .end();
    }
}
