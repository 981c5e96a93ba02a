package dev.kneepoint.profile;

import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.internal.json.RecordFields;
import java.io.Writer;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes what {@link ProfileFiles} reads. */
final class ProfileOut {
    private ProfileOut() {}

    static void write(Record profile, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object();
            fields(profile, json);
            json.end();
        }
    }

    private static void fields(Record record, JsonOut json) {
        RecordFields.of(record).forEach((name, value) -> field(name, value, json));
    }

    private static void field(String name, Object value, JsonOut json) {
        switch (value) {
            case Number number -> json.field(name, number.doubleValue());
            case Boolean flag -> json.field(name, flag.booleanValue());
            case AttentionKernel kernel -> json.field(name, kernel.label());
            case UpdateSharing updates -> json.field(name, updates.label());
            case Record inner -> {
                json.object(name);
                fields(inner, json);
                json.end();
            }
            case Map<?, ?> curves -> {
                json.object(name);
                sorted(curves).forEach((key, curve) -> field(key, curve, json));
                json.end();
            }
            case Optional<?> part -> part.ifPresent(p -> field(name, p, json));
            default -> json.field(name, value.toString());
        }
    }

    private static SortedMap<String, Object> sorted(Map<?, ?> curves) {
        SortedMap<String, Object> out = new TreeMap<>();
        curves.forEach((key, curve) ->
                out.put(key instanceof AttentionKernel kernel ? kernel.label() : key.toString(), curve));
        return out;
    }
}
