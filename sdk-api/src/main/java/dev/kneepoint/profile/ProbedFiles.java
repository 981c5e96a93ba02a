package dev.kneepoint.profile;

import dev.kneepoint.internal.json.JsonValue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Reads probed times from JSON; field names are the record components in snake case. */
final class ProbedFiles {
    private ProbedFiles() {}

    static ProbedTimes times(JsonValue v) {
        v.allow(Set.of(
                "gap_micros", "gap_shared", "issue_micros", "products", "forward", "backward", "memory", "transfers"));
        return v.build(() -> new ProbedTimes(
                v.number("gap_micros"),
                v.number("gap_shared"),
                v.number("issue_micros"),
                v.find("products").map(ProbedFiles::product),
                v.find("forward").map(ProbedFiles::core),
                v.find("backward").map(ProbedFiles::core),
                all(v.get("memory"), ProbedFiles::stream),
                all(v.get("transfers"), ProbedFiles::stream)));
    }

    private static <T> SortedMap<String, T> all(JsonValue v, Function<JsonValue, T> reader) {
        SortedMap<String, T> out = new TreeMap<>();
        v.object().forEach((name, curve) -> out.put(name, reader.apply(curve)));
        return out;
    }

    private static StreamCurve stream(JsonValue v) {
        return v.build(() -> new StreamCurve(
                v.number("start_micros"),
                v.number("near_gb_s"),
                v.number("far_gb_s"),
                v.number("cache_mb"),
                v.number("shared"),
                v.number("far_shared")));
    }

    private static ProductCurve product(JsonValue v) {
        return v.build(() -> new ProductCurve(
                v.number("start_micros"),
                v.number("gigaflops"),
                v.number("row_block"),
                v.number("column_block"),
                v.number("inner_ramp"),
                v.number("column_ramp"),
                v.number("row_ramp"),
                v.number("shared")));
    }

    private static CoreCurve core(JsonValue v) {
        return v.build(() -> new CoreCurve(
                v.number("start_micros"),
                v.number("row_nanos"),
                v.number("element_nanos"),
                v.number("pair_nanos"),
                v.number("gigaflops"),
                v.number("shared")));
    }
}
