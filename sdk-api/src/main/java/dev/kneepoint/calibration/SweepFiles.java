package dev.kneepoint.calibration;

import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Sweeps as files. */
final class SweepFiles {
    static final String SCHEMA = "kneepoint.sweep/1";
    private static final double MICRO = 1e-6;
    /** Whole numbers up to this one are exact in JSON. */
    private static final double LARGEST = 0x1p53;

    private SweepFiles() {}

    static Sweep read(Path file) {
        JsonValue v = JsonFiles.read(file);
        JsonValue schema = v.get("schema");
        if (!schema.text().equals(SCHEMA)) {
            throw schema.error("must be " + SCHEMA + ", not '" + schema.text() + "'");
        }
        JsonValue type = v.get("type");
        ElementType elements = type.build(() -> ElementType.parse(type.text()));
        // Files of before there were others hold sums.
        ReductionOp reduction = v.has("redop")
                ? v.get("redop").build(() -> ReductionOp.parse(v.get("redop").text()))
                : ReductionOp.SUM;
        List<RankPlace> places =
                v.get("places").list().stream().map(SweepFiles::place).toList();
        List<SweepRow> rows = new ArrayList<>();
        for (JsonValue row : v.get("rows").list()) {
            rows.add(row(row, elements, places.size()));
        }
        Sweep sweep = v.build(() -> new Sweep(
                v.text("backend"), elements, reduction, v.integer("warmup"), v.integer("iterations"), places, rows));
        same(v.get("ranks"), sweep.ranks());
        same(v.get("nodes"), sweep.nodes());
        return sweep;
    }

    private static void same(JsonValue field, int places) {
        if (field.integer() != places) {
            throw field.error("must be " + places + " as the places say, not " + field.integer());
        }
    }

    private static RankPlace place(JsonValue v) {
        v.allow(Set.of("node", "host", "device", "name"));
        return v.build(() -> new RankPlace(v.integer("node"), v.text("host"), v.integer("device"), v.text("name")));
    }

    private static SweepRow row(JsonValue v, ElementType type, int ranks) {
        JsonValue name = v.get("collective");
        TransferKind kind = name.build(() -> TransferKind.parse(name.text()));
        long bytes = whole(v.get("size_bytes"));
        long count = whole(v.get("count"));
        long expected = Math.max(kind.sent(count, ranks), kind.received(count, ranks)) * type.bytes();
        if (expected != bytes) {
            throw v.get("size_bytes").error("must be " + expected + " for a count of " + count + ", not " + bytes);
        }
        return v.build(
                () -> new SweepRow(kind, bytes, count, timing(v.get("out_of_place")), timing(v.get("in_place"))));
    }

    private static long whole(JsonValue v) {
        double d = v.number();
        if (d != Math.rint(d) || d < 1 || d > LARGEST) {
            throw v.error("must be a whole number from 1 to 2^53, not " + d);
        }
        return (long) d;
    }

    private static TransferTiming timing(JsonValue v) {
        if (v.has("problem")) {
            return v.build(() -> new TransferTiming.Refused(v.text("problem")));
        }
        double seconds = v.positive("time_us") * MICRO;
        OptionalLong wrong = OptionalLong.empty();
        if (v.has("wrong")) {
            double number = v.number("wrong");
            if (number != Math.rint(number) || number < 0 || number > LARGEST) {
                throw v.get("wrong").error("must be a whole number from 0 to 2^53, not " + number);
            }
            wrong = OptionalLong.of((long) number);
        }
        return new TransferTiming.Measured(seconds, wrong);
    }

    static void write(Sweep s, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", SCHEMA)
                    .field("backend", s.backend())
                    .field("type", s.type().label())
                    .field("redop", s.reduction().label())
                    .field("ranks", (long) s.ranks())
                    .field("nodes", (long) s.nodes())
                    .field("warmup", (long) s.warmup())
                    .field("iterations", (long) s.iterations());
            json.list("places");
            for (RankPlace p : s.places()) {
                json.object()
                        .field("node", (long) p.node())
                        .field("host", p.host())
                        .field("device", (long) p.device())
                        .field("name", p.name())
                        .end();
            }
            json.endList().list("rows");
            for (SweepRow row : s.rows()) {
                json.object().field("collective", row.kind().label());
                json.field("size_bytes", row.bytes()).field("count", row.count());
                write("out_of_place", row, row.outOfPlace(), s.ranks(), json);
                write("in_place", row, row.inPlace(), s.ranks(), json);
                json.end();
            }
            json.endList().end();
        }
    }

    private static void write(String name, SweepRow row, TransferTiming timing, int ranks, JsonOut json) {
        json.object(name);
        switch (timing) {
            case TransferTiming.Measured m -> {
                json.field("time_us", m.seconds() / MICRO)
                        .field("algbw_gb_s", row.algorithmGbS(m))
                        .field("busbw_gb_s", row.busGbS(m, ranks));
                m.wrong().ifPresent(w -> json.field("wrong", w));
            }
            case TransferTiming.Refused r -> json.field("problem", r.reason());
        }
        json.end();
    }
}
