package dev.kneepoint.samples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** What the CUDA backend is to reach, judged by figures: an aim whose figures are not there is left out. */
final class CheckAims {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double PRODUCT_TO_C = 0.97;
    private static final double TRIAD_TO_COPY = 0.9;
    private static final double LAUNCH_TO_C = 1.3;
    private static final double ATTENTION_TO_PUBLISHED = 0.5;

    private CheckAims() {}

    /**
     * Judges.
     *
     * @param ours figures of the backend
     * @param rivals figures of the C program beside ours; empty if it did not run
     */
    static ArrayNode of(ArrayNode ours, Optional<JsonNode> rivals) {
        ArrayNode out = JSON.createArrayNode();
        List<JsonNode> program = new ArrayList<>();
        rivals.ifPresent(r -> r.path("figures").forEach(program::add));
        first(program, f -> is(f, "matmul", Map.of("by", "cublas", "format", "bf16")))
                .ifPresent(f -> atLeast(out, "cuBLAS against C, " + f.path("parameters"), PRODUCT_TO_C, ratio(f)));
        first(program, f -> is(f, "copy", Map.of("by", "driver")))
                .ifPresent(
                        copy -> atLeast(out, "triad against the driver's copy in C", TRIAD_TO_COPY, triad(ours, copy)));
        first(program, f -> is(f, "launch", Map.of("of", "host", "graph", "off")))
                .ifPresent(f -> atMost(out, "host's time of a launch against C", LAUNCH_TO_C, ratio(f)));
        worstAttention(ours)
                .ifPresent(f -> atLeast(
                        out,
                        "attention against published figures, worst of " + f.path("parameters"),
                        ATTENTION_TO_PUBLISHED,
                        OptionalDouble.of(f.path("of_reference").asDouble())));
        return out;
    }

    private static boolean is(JsonNode figure, String name, Map<String, String> parameters) {
        return figure.path("name").asText().equals(name)
                && figure.has("value")
                && parameters.entrySet().stream()
                        .allMatch(e -> figure.path("parameters")
                                .path(e.getKey())
                                .asText()
                                .equals(e.getValue()));
    }

    private static Optional<JsonNode> first(Iterable<JsonNode> figures, Predicate<JsonNode> which) {
        for (JsonNode figure : figures) {
            if (which.test(figure)) {
                return Optional.of(figure);
            }
        }
        return Optional.empty();
    }

    private static OptionalDouble ratio(JsonNode figure) {
        return figure.has("ours_to_c")
                ? OptionalDouble.of(figure.path("ours_to_c").asDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble triad(ArrayNode ours, JsonNode copy) {
        return first(ours, f -> is(f, "triad", Map.of()))
                .map(f -> OptionalDouble.of(
                        f.path("value").asDouble() / copy.path("value").asDouble()))
                .orElse(OptionalDouble.empty());
    }

    private static Optional<JsonNode> worstAttention(ArrayNode ours) {
        List<JsonNode> all = new ArrayList<>();
        for (JsonNode figure : ours) {
            if (is(figure, "attention", Map.of()) && figure.has("of_reference")) {
                all.add(figure);
            }
        }
        return all.stream()
                .min(Comparator.comparingDouble(f -> f.path("of_reference").asDouble()));
    }

    private static void atLeast(ArrayNode out, String aim, double bound, OptionalDouble ratio) {
        ratio.ifPresent(r -> out.addObject()
                .put("aim", aim)
                .put("ratio", r)
                .put("at_least", bound)
                .put("met", r >= bound));
    }

    private static void atMost(ArrayNode out, String aim, double bound, OptionalDouble ratio) {
        ratio.ifPresent(r -> out.addObject()
                .put("aim", aim)
                .put("ratio", r)
                .put("at_most", bound)
                .put("met", r <= bound));
    }
}
