package dev.kneepoint.samples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kneepoint.spi.DeviceFigure;
import java.util.List;

/** Writes figures of a device, and what a C program made of the same calls beside them. */
final class FigureJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FigureJson() {}

    static ArrayNode of(List<DeviceFigure> figures) {
        ArrayNode out = JSON.createArrayNode();
        for (DeviceFigure figure : figures) {
            ObjectNode node = out.addObject().put("name", figure.name());
            ObjectNode parameters = node.putObject("parameters");
            figure.parameters().forEach(parameters::put);
            switch (figure) {
                case DeviceFigure.Measured m -> write(m, node);
                case DeviceFigure.Missing m -> node.put("problem", m.reason());
            }
        }
        return out;
    }

    private static void write(DeviceFigure.Measured figure, ObjectNode node) {
        node.put("value", figure.value()).put("unit", figure.unit());
        figure.watts().ifPresent(w -> node.put("watts", w));
        figure.reference()
                .ifPresent(r -> node.put("reference", r.value())
                        .put("reference_is", r.what())
                        .put("of_reference", figure.value() / r.value()));
    }

    /** The program's figures, each with ours of the same name and parameters where there is one. */
    static ObjectNode beside(JsonNode program, ArrayNode ours) {
        ObjectNode out = program.deepCopy();
        for (JsonNode figure : out.path("figures")) {
            for (JsonNode our : ours) {
                if (our.has("value")
                        && our.path("name").equals(figure.path("name"))
                        && our.path("parameters").equals(figure.path("parameters"))) {
                    ((ObjectNode) figure)
                            .put("ours", our.path("value").asDouble())
                            .put(
                                    "ours_to_c",
                                    our.path("value").asDouble()
                                            / figure.path("value").asDouble());
                }
            }
        }
        return out;
    }
}
