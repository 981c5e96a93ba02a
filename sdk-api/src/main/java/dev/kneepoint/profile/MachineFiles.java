package dev.kneepoint.profile;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.workload.Precision;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Machines as files: the parts have the shapes that they have in files of their own. */
final class MachineFiles {
    static final String SCHEMA = "kneepoint.profile/1";

    private MachineFiles() {}

    static MachineProfile read(Path file) {
        JsonValue v = JsonFiles.read(file);
        JsonValue schema = v.get("schema");
        if (!schema.text().equals(SCHEMA)) {
            throw schema.error("must be " + SCHEMA + ", not '" + schema.text() + "'");
        }
        v.allow(Set.of("schema", "precision", "origin", "cluster", "device", "network", "stack", "groups"));
        JsonValue precision = v.get("precision");
        SortedMap<String, String> origin = new TreeMap<>();
        v.get("origin").object().forEach((name, text) -> origin.put(name, text.text()));
        return new MachineProfile(
                ClusterCatalog.resolve(file.toString()),
                new HardwareProfile(
                        ProfileFiles.device(v.get("device")), ProfileFiles.network(v.get("network")), groups(v)),
                ProfileFiles.stack(v.get("stack")),
                precision.build(() -> Precision.parse(precision.text())),
                origin);
    }

    /** Collectives by shape of group are there where a sweep measured them. */
    private static List<GroupTime> groups(JsonValue v) {
        return v.has("groups")
                ? v.get("groups").list().stream().map(MachineFiles::group).toList()
                : List.of();
    }

    private static GroupTime group(JsonValue v) {
        v.allow(Set.of("collective", "ranks", "nodes", "alpha_micros", "bus_gb_s", "rows", "median_error"));
        return v.build(() -> new GroupTime(
                v.text("collective"),
                v.integer("ranks"),
                v.integer("nodes"),
                v.number("alpha_micros"),
                v.number("bus_gb_s"),
                v.integer("rows"),
                v.number("median_error")));
    }

    static void write(MachineProfile m, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", SCHEMA)
                    .field("precision", m.precision().label());
            json.object("origin");
            m.origin().forEach(json::field);
            json.end();
            json.raw("cluster", text(w -> ClusterCatalog.write(m.cluster(), w)));
            json.raw("device", text(w -> ProfileOut.write(m.hardware().device(), w)));
            json.raw("network", text(w -> ProfileOut.write(m.hardware().network(), w)));
            json.raw("stack", text(w -> ProfileOut.write(m.stack(), w)));
            if (!m.hardware().groups().isEmpty()) {
                json.list("groups");
                m.hardware().groups().forEach(g -> write(g, json));
                json.endList();
            }
            json.end();
        }
    }

    private static void write(GroupTime g, JsonOut json) {
        json.object().field("collective", g.collective());
        json.field("ranks", (long) g.ranks()).field("nodes", (long) g.nodes());
        json.field("alpha_micros", g.alphaMicros()).field("bus_gb_s", g.busGbS());
        json.field("rows", (long) g.rows()).field("median_error", g.medianError());
        json.end();
    }

    private static String text(Consumer<Writer> part) {
        StringWriter out = new StringWriter();
        part.accept(out);
        return out.toString().strip();
    }
}
