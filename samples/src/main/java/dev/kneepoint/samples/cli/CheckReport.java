package dev.kneepoint.samples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.ProbeResidual;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.report.SelfCheckJson;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.testkit.ConformanceRun;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The JSON that {@code kneepoint check} prints; grows part by part, so that what fails loses nothing else. Thread-safe: it
 * is printed while a part hangs.
 */
final class CheckReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root = JSON.createObjectNode();
    private final ObjectNode seconds = JSON.createObjectNode();
    private final ArrayNode problems = JSON.createArrayNode();
    private ArrayNode figures = JSON.createArrayNode();
    private Optional<JsonNode> rivals = Optional.empty();
    private boolean conforms;
    private boolean ncclConforms = true;
    private String running = "";

    CheckReport(CheckTarget target, Map<String, String> options) throws IOException {
        root.put("schema", "kneepoint.check/1")
                .put("date", LocalDate.now(ZoneOffset.UTC).toString())
                .put("version", VersionProvider.version())
                .put("java", Runtime.version().toString())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .put("backend", target.backend());
        target.reason().ifPresent(r -> root.put("backend_chosen_since", r));
        ArrayNode devices = root.putArray("devices");
        target.devices().forEach(devices::add);
        ObjectNode given = root.putObject("options");
        options.forEach(given::put);
        root.set("seconds", seconds);
        root.set("problems", problems);
    }

    synchronized void conformance(List<ConformanceRun.Outcome> outcomes) {
        conforms = conformance(root.putObject("conformance"), outcomes);
    }

    private static boolean conformance(ObjectNode part, List<ConformanceRun.Outcome> outcomes) {
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
        return failed.isEmpty() && !outcomes.isEmpty();
    }

    private ObjectNode nccl() {
        return root.withObject("/nccl");
    }

    synchronized void ncclMissing(String reason) {
        nccl().put("missing", reason);
    }

    synchronized void ncclConformance(List<ConformanceRun.Outcome> outcomes) {
        ncclConforms = conformance(nccl().putObject("conformance"), outcomes);
    }

    synchronized void ncclSweep(Sweep sweep) {
        nccl().set("sweep", tree(sweep::write));
    }

    /** What a run says of device, driver and libraries. */
    synchronized void device(ExecutionResult run) {
        ObjectNode part = root.putObject("device");
        ObjectNode origin = part.putObject("origin");
        run.origin().forEach(origin::put);
        ArrayNode flags = part.putArray("flags");
        run.flags().forEach(flags::add);
    }

    /** What a run says of its step by launches and as a graph. */
    synchronized void graphs(ExecutionResult run) {
        ObjectNode part = root.putObject("graphs");
        run.origin().forEach((name, text) -> {
            if (name.startsWith("step by ")) {
                part.put(name, text);
            }
        });
    }

    synchronized void figures(List<DeviceFigure> measured) {
        figures = FigureJson.of(measured);
        root.set("figures", figures);
        judge();
    }

    /** What the C program printed. */
    synchronized void rivals(JsonNode printed) {
        rivals = Optional.of(FigureJson.beside(printed, figures));
        root.set("rivals", rivals.get());
        judge();
    }

    private void judge() {
        ArrayNode aims = CheckAims.of(figures, rivals);
        if (!aims.isEmpty()) {
            root.set("aims", aims);
        }
    }

    /** A run of one device's part of a strategy, as {@code kneepoint.run/1}. */
    synchronized void sampled(String run) {
        root.withArray("/sampled").add(read(run));
    }

    synchronized void calibration(Calibration found) {
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

    synchronized void selfCheck(SelfCheck check, int rounds) {
        String backend = root.get("backend").asText();
        root.putObject("selfcheck")
                .put("rounds", rounds)
                .put("median_error", check.medianError())
                .put("p90_error", check.highError())
                .set("plans", tree(w -> SelfCheckJson.write(backend, check, w)).get("plans"));
    }

    synchronized void problem(String part, String problem) {
        problems.addObject().put("part", part).put("problem", problem);
    }

    /** A part is under way; what hangs then is the latest of them. */
    synchronized void begins(String part) {
        running = part;
    }

    /** The part that is under way does not end. */
    synchronized void hangs(String limit) {
        problem(running, "it did not end within " + limit + "; what is there is printed");
    }

    /** How long a part took, however it ended. */
    synchronized void took(String part, double time) {
        seconds.put(part, seconds.path(part).asDouble(0) + time);
    }

    /** Whether all parts ran and every check passed. */
    synchronized boolean isSound() {
        return conforms && ncclConforms && problems.isEmpty() && root.has("selfcheck");
    }

    synchronized String json() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot be written", e);
        }
    }

    private static JsonNode tree(Consumer<Writer> writer) {
        StringWriter text = new StringWriter();
        writer.accept(text);
        return read(text.toString());
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own JSON cannot be read back", e);
        }
    }
}
