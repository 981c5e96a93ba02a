package dev.kneepoint.samples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.ProbeResidual;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.report.SelfCheckJson;
import dev.kneepoint.testkit.ConformanceRun;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The JSON that {@code kneepoint check} prints; grows part by part, so that what fails loses nothing else. */
final class CheckReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root = JSON.createObjectNode();
    private final ArrayNode problems = JSON.createArrayNode();
    private boolean conforms;

    CheckReport(String backend, Map<String, String> options) throws IOException {
        root.put("schema", "kneepoint.check/1")
                .put("date", LocalDate.now(ZoneOffset.UTC).toString())
                .put("version", VersionProvider.version())
                .put("java", Runtime.version().toString())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .put("backend", backend);
        ObjectNode given = root.putObject("options");
        options.forEach(given::put);
        root.set("problems", problems);
    }

    void conformance(List<ConformanceRun.Outcome> outcomes) {
        ObjectNode part = root.putObject("conformance");
        part.put(
                "passed",
                outcomes.stream().filter(ConformanceRun.Outcome::passed).count());
        ArrayNode failed = part.putArray("failed");
        for (ConformanceRun.Outcome o : outcomes) {
            o.problem()
                    .ifPresent(problem -> failed.addObject()
                            .put("battery", o.battery())
                            .put("check", o.check())
                            .put("problem", problem));
        }
        conforms = failed.isEmpty();
    }

    void calibration(Calibration found) {
        ObjectNode part = root.putObject("calibration");
        part.set("profile", tree(found.machine()::write));
        ArrayNode residuals = part.putArray("residuals");
        for (ProbeResidual r : found.residuals()) {
            residuals
                    .addObject()
                    .put("kind", r.kind())
                    .put("label", r.label())
                    .put("ranks", r.ranks())
                    .put("measured_s", r.measuredSeconds())
                    .put("predicted_s", r.predictedSeconds());
        }
    }

    void selfCheck(SelfCheck check) {
        String backend = root.get("backend").asText();
        root.putObject("selfcheck")
                .put("median_error", check.medianError())
                .put("p90_error", check.highError())
                .set("plans", tree(w -> SelfCheckJson.write(backend, check, w)).get("plans"));
    }

    void problem(String part, Exception e) {
        problems.addObject().put("part", part).put("problem", String.valueOf(e.getMessage()));
    }

    /** Whether all parts ran and every check passed. */
    boolean isSound() {
        return conforms && problems.isEmpty() && root.has("selfcheck");
    }

    String json() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot be written", e);
        }
    }

    private static JsonNode tree(Consumer<Writer> writer) {
        StringWriter text = new StringWriter();
        writer.accept(text);
        try {
            return JSON.readTree(text.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own JSON cannot be read back", e);
        }
    }
}
