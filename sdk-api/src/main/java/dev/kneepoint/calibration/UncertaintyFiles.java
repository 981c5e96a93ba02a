package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.calibration.ProfileUncertainty.ConstantSpread;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.internal.json.JsonValue;
import java.io.Writer;
import java.util.List;

/** Reads and writes {@code kneepoint.uncertainty/1}: what a fit left open of its constants. */
final class UncertaintyFiles {
    private UncertaintyFiles() {}

    static List<ConstantSpread> shipped() {
        return read(JsonFiles.resource(UncertaintyFiles.class, "uncertainty.json"));
    }

    static List<ConstantSpread> read(JsonValue file) {
        return file.get("constants").list().stream()
                .map(v -> v.build(() ->
                        new ConstantSpread(v.text("name"), v.number("sigma"), v.positive("low"), v.positive("high"))))
                .collect(ImmutableList.toImmutableList());
    }

    static void write(List<ConstantSpread> constants, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", "kneepoint.uncertainty/1").list("constants");
            for (ConstantSpread c : constants) {
                json.object()
                        .field("name", c.name())
                        .field("sigma", c.sigma())
                        .field("low", c.low())
                        .field("high", c.high())
                        .end();
            }
            json.endList().end();
        }
    }
}
