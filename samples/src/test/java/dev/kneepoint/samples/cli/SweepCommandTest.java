package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.TransferKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sweep}, on threads of this machine, and {@code calibrate} on what it wrote. */
class SweepCommandTest {
    private static final Map<String, TransferKind> PROGRAMS = Map.of(
            "all_reduce_perf", TransferKind.ALL_REDUCE,
            "all_gather_perf", TransferKind.ALL_GATHER,
            "reduce_scatter_perf", TransferKind.REDUCE_SCATTER,
            "alltoall_perf", TransferKind.ALL_TO_ALL,
            "broadcast_perf", TransferKind.BROADCAST,
            "sendrecv_perf", TransferKind.SEND_RECEIVE);

    @TempDir
    private Path folder;

    private static CliRun sweep(String... more) {
        List<String> args =
                new ArrayList<>(List.of("sweep", "--backend", "cpu", "--warmup", "1", "--iterations", "2", "--quiet"));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    @Test
    void table_isReadByAParserOfNcclTests() {
        CliRun run = sweep("--max", "64K", "--factor", "8");
        assertThat(run.code()).as(run.err()).isZero();
        NcclTestsParser read = new NcclTestsParser(run.out());
        // 8 B to 32 KiB; two ranks have parts of 16 bytes from 32 on.
        assertThat(read.rows).hasSize(3 * 5 + 3 * 4);
        for (NcclTestsParser.Row row : read.rows) {
            TransferKind kind = PROGRAMS.get(row.program());
            String text = kind + " of " + row.size();
            assertThat(row.type()).isEqualTo("float");
            assertThat(row.count()).as(text).isEqualTo(kind.count(row.size(), ElementType.FLOAT, 2));
            assertThat(row.root()).as(text).isEqualTo(kind == TransferKind.BROADCAST ? 0 : -1);
            assertThat(row.redop())
                    .as(text)
                    .isEqualTo(kind.sums() || kind == TransferKind.SEND_RECEIVE ? "sum" : "none");
            for (int place = 0; place < 2; place++) {
                double rate = row.size() / row.time()[place] / 1e3;
                assertThat(row.algbw()[place]).as(text).isCloseTo(rate, within(0.006 + 0.01 * rate));
                assertThat(row.busbw()[place])
                        .as(text)
                        .isCloseTo(rate * kind.busFactor(2), within(0.006 + 0.01 * rate));
                boolean checked = place == 0 || kind.definedInPlace();
                assertThat(row.wrong()[place]).as(text).isEqualTo(checked ? "0" : "N/A");
            }
        }
        assertThat(read.average).containsOnlyKeys(PROGRAMS.keySet());
        for (Map.Entry<String, Double> e : read.average.entrySet()) {
            double mean = read.rows.stream()
                    .filter(r -> r.program().equals(e.getKey()))
                    .flatMapToDouble(r -> java.util.Arrays.stream(r.busbw()))
                    .average()
                    .orElseThrow();
            assertThat(e.getValue()).as(e.getKey()).isCloseTo(mean, within(0.01 + 0.01 * mean));
        }
    }

    @Test
    void table_hasTheWidthsOfNcclTests() {
        CliRun run = sweep("--collective", "all_reduce,all-reduce", "--min", "1K", "--max", "1K", "--step", "8");
        assertThat(run.out())
                .contains("# Collective test starting: all_reduce_perf", "# Collective test concluded: all_reduce_perf")
                .contains("# Out of bounds values : 0 OK")
                .contains("#       size         count      type   redop    root     time   algbw   busbw  #wrong"
                        + "     time   algbw   busbw  #wrong")
                .containsOnlyOnce("        1024           256     float     sum      -1  ");
        assertThat(run.out().lines()).noneMatch(l -> l.endsWith(" "));
    }

    @Test
    void whatDoesNotFit_isALineThatSaysSo() throws IOException {
        String[] size = {"--collective", "all-reduce", "--min", "8GiB", "--max", "8GiB"};
        CliRun run = sweep(size);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("# 8589934592 out of place: an array holds at most 2147483639 elements, not 2147483648")
                .contains("# 8589934592 in place: an array holds at most")
                .contains("# Out of bounds values : N/A", "# Avg bus bandwidth    : N/A");
        assertThat(run.out().lines()).allMatch(l -> l.startsWith("#"));
        List<String> json = new ArrayList<>(List.of(size));
        json.addAll(List.of("--format", "json"));
        JsonNode row = sweep(json.toArray(String[]::new)).json().path("rows").get(0);
        assertThat(row.path("size_bytes").asLong()).isEqualTo(1L << 33);
        assertThat(row.path("out_of_place").path("problem").asText()).contains("an array holds at most");
        assertThat(row.path("in_place").has("time_us")).isFalse();
    }

    @Test
    void reductionsAndTypes_areThoseOfTheBackend() {
        CliRun run = CliRun.of(
                "sweep", "--backend", "cpu", "--quiet", "--collective", "broadcast", "--redop", "max", "--max", "8");
        assertThat(run.code()).as("nothing is reduced: %s", run.err()).isZero();
        assertThat(sweep("--redop", "max", "--max", "8").err()).contains("backend cpu has no max here; it has sum");
        assertThat(sweep("--redop", "smu").err()).contains("unknown reduction 'smu'; did you mean 'sum'?");
        assertThat(sweep("--type", "uint8").err()).contains("backend cpu has no uint8 here; it has float");
        assertThat(sweep("--type", "f8e4m").err()).contains("did you mean 'f8e4m3'?");
    }

    @Test
    void json_saysTheSameAndIsWrittenToo() throws IOException {
        Path file = folder.resolve("new").resolve("sweep.json");
        CliRun run = sweep("--devices", "3", "--max", "1K", "--no-check", "--format", "json", "--out", file.toString());
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(new ObjectMapper().readTree(file.toFile())).isEqualTo(json);
        assertThat(json.properties().stream().map(Map.Entry::getKey))
                .containsExactly(
                        "schema",
                        "backend",
                        "type",
                        "redop",
                        "ranks",
                        "nodes",
                        "warmup",
                        "iterations",
                        "places",
                        "rows");
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.sweep/1");
        assertThat(json.path("ranks").asInt()).isEqualTo(3);
        assertThat(json.path("places")).hasSize(3);
        JsonNode first = json.path("rows").get(0);
        assertThat(first.path("collective").asText()).isEqualTo("all-reduce");
        assertThat(first.path("in_place").path("time_us").asDouble()).isPositive();
        assertThat(first.path("in_place").has("wrong")).isFalse();
        assertThat(Sweep.read(file).ranks()).isEqualTo(3);
    }

    @Test
    void calibrate_makesAProfileOfSweepsAlone() {
        List<String> files = new ArrayList<>();
        for (int ranks = 2; ranks <= 3; ranks++) {
            Path file = folder.resolve("sweep" + ranks + ".json");
            files.add(file.toString());
            assertThat(sweep("--devices", ranks + "", "--min", "1K", "--max", "1M", "--factor", "4", "--out", file + "")
                            .code())
                    .isZero();
        }
        Path profile = folder.resolve("profile.json");
        CliRun run = CliRun.of("calibrate", "--sweep", String.join(",", files), "--out", profile.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("all-reduce +2 +1 +6 +[\\d.]+ [mµn]?s +[\\d.]+ [MG]B/s")
                .containsPattern("send-receive +3 +1 +6")
                .contains("start_micros", "exchange_efficiency", "all-gather, 3 ranks on 1 node")
                .contains("profile written to " + profile);
        MachineProfile machine = MachineProfile.read(profile);
        assertThat(machine.hardware().groups()).hasSize(12);
        assertThat(machine.origin()).containsEntry("sweeps", "cpu, 2 ranks on 1 node; cpu, 3 ranks on 1 node");
        assertThat(CliRun.of("run", "--model", "small", "--seq", "64", "--profile", profile + "", "--devices", "2")
                        .code())
                .isZero();
    }

    @Test
    void calibrate_refusesAWrongFile() throws IOException {
        Path file = Files.writeString(folder.resolve("x.json"), "{\"schema\": \"kneepoint.profile/1\"}");
        Path out = folder.resolve("profile.json");
        CliRun run = CliRun.of("calibrate", "--sweep", file.toString(), "--out", out.toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("kneepoint: " + file + ", line 1: field 'schema': must be kneepoint.sweep/1,"
                        + " not 'kneepoint.profile/1'" + System.lineSeparator());
        assertThat(CliRun.of("calibrate", "--out", out.toString()).err())
                .contains("--backend is needed", "or --sweep with what `kneepoint sweep --out` wrote");
        assertThat(CliRun.of("selfcheck", "--out", out.toString()).err()).contains("--backend is needed");
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--backend sim | 1 | backend sim moves nothing between ranks that could be timed",
                "--backend cup | 2 | unknown backend 'cup'",
                "--type half | 1 | backend cpu has no half here; it has float",
                "--type haff | 2 | did you mean 'half'?",
                "--collective all-redcue | 2 | did you mean 'all-reduce'?",
                "--min 8X | 2 | '8X' is no size; write bytes (8), or 64K, 64KiB, 128M, 8G",
                "--min 99999999999T | 2 | is no size",
                "--min 2K --max 1K | 2 | not from 2048 to 1024 bytes",
                "--factor 1 | 2 | factor must be between 2",
                "--factor 2 --step 8 | 2 | --factor or --step, not both",
                "--step 1 | 2 | at most 10000 sizes",
                "--devices 0 | 2 | ranks must be between 1",
                "--devices 300 | 1 | 300 ranks: backend cpu runs at most 256",
                "--iterations 0 | 2 | iterations must be between 1",
                "--collective all-gather --max 16 | 2 | no size leaves 2 ranks a part of 16 bytes",
                "--option cpu.clock=virtual | 1 | moves nothing between ranks",
            })
    void wrongUse_saysWhatWouldBeRight(String line, int code, String message) {
        List<String> args = new ArrayList<>(List.of("sweep"));
        if (!line.startsWith("--backend")) {
            args.addAll(List.of("--backend", "cpu"));
        }
        args.addAll(List.of(line.strip().split(" ")));
        CliRun run = CliRun.of(args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).contains(message).doesNotContain("Exception", "\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void help_namesEveryOption() {
        CliRun run = CliRun.of("sweep", "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("--backend", "--devices", "--collective", "--min", "--max", "--factor", "--step", "--warmup")
                .contains("--iterations", "--type", "--[no-]check", "--format", "--out", "--quiet");
    }
}
