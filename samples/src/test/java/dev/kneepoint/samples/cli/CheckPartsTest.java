package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.testkit.TinyPlans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kneepoint check} is made of, without a GPU. */
class CheckPartsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private static DeviceFigure measured(String name, double value, String unit, Map<String, String> parameters) {
        return new DeviceFigure.Measured(
                name,
                ImmutableSortedMap.copyOf(parameters),
                value,
                unit,
                OptionalDouble.of(300),
                Optional.of(new DeviceFigure.Reference(2 * value, "twice as much")));
    }

    private static ArrayNode figures() {
        return FigureJson.of(List.of(
                measured("launch", 2.4, "us", Map.of("of", "host", "graph", "off")),
                measured("triad", 900, "GB/s", Map.of("by", "own-kernel")),
                measured("matmul", 700, "TFLOP/s", Map.of("by", "cublas", "format", "bf16")),
                measured("attention", 100, "TFLOP/s", Map.of("pass", "both")),
                new DeviceFigure.Missing("attention", ImmutableSortedMap.of("pass", "forward"), "no memory")));
    }

    private static JsonNode program() throws IOException {
        return JSON.readTree("""
                {"device": "Some GPU", "problems": [], "figures": [
                 {"name": "launch", "parameters": {"of": "host", "graph": "off"}, "value": 2.0, "unit": "us"},
                 {"name": "copy", "parameters": {"by": "driver"}, "value": 1200, "unit": "GB/s"},
                 {"name": "matmul", "parameters": {"by": "cublas", "format": "bf16"}, "value": 710, "unit": "TFLOP/s"}]}""");
    }

    @Test
    void figuresCarryTheirReferencePowerOrReason() {
        assertThat(figures().get(2).toString())
                .isEqualTo("{\"name\":\"matmul\",\"parameters\":{\"by\":\"cublas\",\"format\":\"bf16\"},"
                        + "\"value\":700.0,\"unit\":\"TFLOP/s\",\"watts\":300.0,\"reference\":1400.0,"
                        + "\"reference_is\":\"twice as much\",\"of_reference\":0.5}");
        assertThat(figures().get(4).toString())
                .isEqualTo("{\"name\":\"attention\",\"parameters\":{\"pass\":\"forward\"},\"problem\":\"no memory\"}");
    }

    @Test
    void theProgramsFiguresStandBesideOurs() throws IOException {
        JsonNode beside = FigureJson.beside(program(), figures()).path("figures");
        assertThat(beside.get(0).path("ours").asDouble()).isEqualTo(2.4);
        assertThat(beside.get(0).path("ours_to_c").asDouble()).isEqualTo(1.2);
        assertThat(beside.get(1).has("ours")).isFalse();
        assertThat(beside.get(2).path("ours_to_c").asDouble()).isEqualTo(700.0 / 710);
    }

    @Test
    void aimsAreJudgedByTheFiguresThatAreThere() throws IOException {
        ArrayNode aims = CheckAims.of(figures(), Optional.of(FigureJson.beside(program(), figures())));
        // 700/710 of at least 0.97; 900/1200 of at least 0.9; 2.4/2 of at most 1.3; half of the reference.
        assertThat(aims).extracting(a -> a.path("met").asBoolean()).containsExactly(true, false, true, true);
        assertThat(CheckAims.of(figures(), Optional.empty())).hasSize(1);
        assertThat(CheckAims.of(JSON.createArrayNode(), Optional.empty())).isEmpty();
    }

    @Test
    void ncclGetsTheDevicesOptionsAndSharesAGpuWhereItMay() {
        Map<String, String> given = Map.of("cuda.device", "0", "cuda.timeout", "PT9S", "nccl.timeout", "PT5S");
        assertThat(CheckNccl.of(given, 2, Map.of("NCCL_MULTI_RANK_GPU_ENABLE", "1"))
                        .options())
                .isEqualTo(Map.of("cuda.device", "0", "nccl.timeout", "PT5S"));
        assertThat(CheckNccl.of(Map.of(), 1, Map.of("NCCL_MULTI_RANK_GPU_ENABLE", "1"))
                        .options())
                .isEqualTo(Map.of("nccl.ranks-per-process", "2"));
        assertThat(CheckNccl.of(Map.of(), 1, Map.of()).options()).isEmpty();
    }

    @Test
    void oneRankOfAStrategyIsRunForAllOfThem() throws IOException {
        StrategySample sample = new StrategySample("tiny", 64, "fsdp,mb=1", 2, 4);
        Map<String, String> options = Map.of("cpu.layers", "1", "cpu.micro-batches", "2");
        try (Backend open = Kneepoint.create().backends().open("cpu", options)) {
            JsonNode run = JSON.readTree(
                    sample.run(open, ClusterCatalog.get("dgx-h100"), Duration.ofSeconds(60), CancellationToken.none()));
            assertThat(run.path("schema").asText()).isEqualTo("kneepoint.run/1");
            assertThat(run.path("devices").asInt()).isEqualTo(2);
            assertThat(run.path("provenance").asText()).isEqualTo("extrapolated");
        }
    }

    @Test
    void theSamplesAreLegalStrategies() {
        Kneepoint kneepoint = Kneepoint.create();
        try (Backend sim = kneepoint.backends().open("sim", Map.of())) {
            assertThat(StrategySample.LLAMA)
                    .allSatisfy(sample -> assertThat(sample.run(
                                    sim,
                                    ClusterCatalog.get("dgx-h100"),
                                    Duration.ofSeconds(60),
                                    CancellationToken.none()))
                            .contains("\"simulated\""));
        }
    }

    @Test
    void theBackendThatWasAskedForIsChecked() {
        BackendRegistry registry = Kneepoint.create().backends();
        CheckTarget asked = CheckTarget.of("cpu", registry);
        assertThat(asked.reason()).isEmpty();
        assertThat(asked.devices()).isNotEmpty();
        assertThat(asked.isGpu()).isFalse();
        CheckTarget any = CheckTarget.of("auto", registry);
        assertThat(any.backend()).isIn("cuda", "opencl");
        assertThat(any.reason()).isPresent();
    }

    @Test
    void ofARunWithGraphsOnlyItsStepsStandInTheReport() throws IOException {
        CheckReport report = new CheckReport(new CheckTarget("cuda", Optional.empty(), List.of()), Map.of());
        try (Backend sim = Kneepoint.create().backends().open("sim", Map.of())) {
            ExecutionResult run = sim.execute(ExecutionRequest.of(TinyPlans.of("ddp", 1, 1)));
            report.graphs(new ExecutionResult(
                    run.steps(),
                    run.timeline(),
                    run.energy(),
                    run.provenance(),
                    run.flags(),
                    ImmutableSortedMap.of(
                            "device", "some GPU", "step by launches", "slow", "step by graph replay", "quick")));
        }
        assertThat(JSON.readTree(report.json()).path("graphs").toString())
                .isEqualTo("{\"step by graph replay\":\"quick\",\"step by launches\":\"slow\"}");
    }

    @Test
    void whatHangsIsNamedByItsPart() throws IOException {
        CheckReport report = new CheckReport(new CheckTarget("cuda", Optional.empty(), List.of()), Map.of());
        report.begins("conformance");
        report.begins("figures");
        report.hangs("8 minutes");
        JsonNode problem = JSON.readTree(report.json()).path("problems").get(0);
        assertThat(problem.path("part").asText()).isEqualTo("figures");
        assertThat(problem.path("problem").asText()).startsWith("it did not end within 8 minutes");
        assertThat(report.isSound()).isFalse();
    }

    @Test
    void aBudgetIsSharedOutOfWhatIsLeft() {
        AtomicLong nanos = new AtomicLong();
        CheckBudget budget = CheckBudget.of(Duration.ofSeconds(100), new com.google.common.base.Ticker() {
            @Override
            public long read() {
                return nanos.get();
            }
        });
        assertThat(budget.share(0.4)).isEqualTo(Duration.ofSeconds(40));
        nanos.addAndGet(Duration.ofSeconds(50).toNanos());
        assertThat(budget.share(0.4)).isEqualTo(Duration.ofSeconds(20));
        assertThat(budget.share(0.4, Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(5));
        nanos.addAndGet(Duration.ofSeconds(60).toNanos());
        assertThat(budget.left()).isZero();
    }

    @Test
    void theProgramGetsTheDeviceAndTheLibraryOfTheBackend() {
        Path program = Path.of("rivals");
        assertThat(RivalProgram.command(program, Map.of())).containsExactly("rivals");
        assertThat(RivalProgram.command(program, Map.of("cuda.device", "1", "cuda.cublas", "/some/libcublas.so.12")))
                .containsExactly("rivals", "--device", "1", "--cublas", "/some/libcublas.so.12");
        assertThat(RivalProgram.command(program, Map.of("cuda.device", "h100", "cuda.cublas", "off")))
                .containsExactly("rivals");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aProgramThatPrintsNothingOrDoesNotEndIsAProblem() throws Exception {
        Path file = Files.writeString(folder.resolve("figures.json"), program().toString());
        assertThat(RivalProgram.run(List.of("cat", file.toString()), Duration.ofSeconds(20)))
                .isEqualTo(program());
        assertThatThrownBy(() -> RivalProgram.run(List.of("true"), Duration.ofSeconds(20)))
                .isInstanceOf(IOException.class)
                .hasMessage("true ended with 0 and printed no figures");
        assertThatThrownBy(() -> RivalProgram.run(List.of("sleep", "30"), Duration.ofSeconds(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("sleep did not end within 1 s");
    }
}
