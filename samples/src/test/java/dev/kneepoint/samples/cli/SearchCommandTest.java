package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchCommandTest {
    @TempDir
    private Path folder;

    private static CliRun search(String... more) {
        List<String> args = new ArrayList<>(List.of("search", "--model", "llama2-7b", "--quiet", "--local-batch", "2"));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    @Test
    void table_oneSize_ranksAndExplains() {
        CliRun run = search("--devices", "512", "--fix", "fsdp|hsdp,pp=1,cp=1,recompute=none", "--top", "4");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("llama2-7b on 512 x dgx-h100, torch-fsdp, global batch 1,024")
                .containsPattern("\n   1= +0\\.\\d+ .* hsdp=")
                .contains("why: limited by")
                .contains("runner-up")
                .contains("plain fsdp")
                .contains("a machine twice as good in one respect:")
                .containsPattern("robust choice of \\d+ layouts on 100 machines .* loses \\d+\\.\\d % in the mean")
                .containsPattern("\nTrust at 512 devices: OUTSIDE the validated range");
    }

    @Test
    void noRobust_isNeitherPrintedNorWritten() throws Exception {
        String[] size = {"--devices", "8", "--fix", "fsdp,pp=1,cp=1", "--no-robust", "--format", "json"};

        assertThat(search(size).json().at("/sizes/0/robust").isMissingNode()).isTrue();
    }

    @Test
    void table_severalSizes_showsWhereTheWinnerChangesAndAnswersBackwards() {
        CliRun run = search(
                "--devices",
                "64,2048",
                "--fix",
                "fsdp,pp=1,cp=1,recompute=none,prefetch=pre",
                "--tokens",
                "2e12",
                "--deadline",
                "30d",
                "--budget",
                "100000");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("winner (> where it changes)")
                .containsPattern("2048 .* > fsdp,tp=[24]")
                .contains("knee of the envelope")
                .contains("2.00e+12 tokens within 30 days: fewest devices 2,048")
                .contains("100,000 USD: most tokens")
                .contains("Trust at 64 devices: ", "Trust at 2,048 devices: OUTSIDE the validated range");
    }

    @Test
    void json_hasEveryFieldOfTheContract() throws Exception {
        CliRun run = search(
                "--devices",
                "16,32",
                "--fix",
                "pp=1,cp=1",
                "--top",
                "3",
                "--threads",
                "2",
                "--no-prune",
                "--format",
                "json",
                "--out",
                folder.toString());

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(new ObjectMapper().readTree(folder.resolve("search.json").toFile()))
                .isEqualTo(json);
        assertThat(folder.resolve("report.html"))
                .content()
                .contains(
                        "Where the best strategy changes",
                        json.at("/best/0/strategy").asText());
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.search/1");
        assertThat(json.path("space").asLong())
                .isPositive()
                .isEqualTo(json.path("evaluated").asLong());
        assertThat(json.path("pruned").asLong(-1)).isZero();
        assertThat(json.path("elapsed_s").asDouble()).isPositive();
        assertThat(json.path("threads").asInt()).isEqualTo(2);
        assertThat(json.path("best")).hasSize(3).isEqualTo(json.at("/sizes/1/best"));
        assertThat(json.path("sizes")).hasSize(2);
        for (JsonNode f : json.path("best")) {
            assertThat(f.path("strategy").asText()).isNotBlank();
            assertThat(f.path("step_time_s").asDouble()).isPositive();
            assertThat(f.path("mfu").asDouble()).isBetween(0.01, 1.0);
            assertThat(f.path("memory_bytes").asDouble()).isPositive();
        }
        JsonNode robust = json.at("/sizes/0/robust");
        assertThat(robust.path("choice").asText())
                .isEqualTo(robust.at("/layouts/0/strategy").asText());
        assertThat(robust.at("/layouts/0/worst_regret").asDouble())
                .isGreaterThanOrEqualTo(robust.at("/layouts/0/expected_regret").asDouble());
        JsonNode why = json.at("/sizes/0/explanation");
        assertThat(why.path("limiter").asText()).isNotBlank();
        assertThat(why.path("gains")).hasSize(6);
        assertThat(why.at("/winner/parts_s/compute").asDouble()).isPositive();
    }

    @Test
    void bestOfTheTable_runBySimulator_takesAsLong() throws Exception {
        String[] size = {"--devices", "32", "--fix", "pp=2,cp=1", "--top", "1", "--format", "json"};
        JsonNode best = search(size).json().at("/best/0");

        JsonNode run = CliRun.of(
                        "run",
                        "--model",
                        "llama2-7b",
                        "--devices",
                        "32",
                        "--local-batch",
                        "2",
                        "--strategy",
                        best.path("strategy").asText(),
                        "--format",
                        "json",
                        "--quiet")
                .json();

        assertThat(run.findValue("step_time_s").asDouble())
                .isBetween(
                        best.path("step_time_s").asDouble() / 1.0155,
                        best.path("step_time_s").asDouble() * 1.0155);
    }

    @Test
    void splitOfTheTable_isTakenByOtherCommands() {
        CliRun table = search("--devices", "12", "--fix", "pp=3,cp=1,tp=1,vpp=1,split=10-11-11", "--top", "1");

        String split = table.out().replaceAll("(?s).*,split=([0-9x-]+).*", "$1");
        assertThat(table.out()).doesNotContain("10-11-11");

        assertThat(split).isEqualTo("1x10-2x11");
        assertThat(CliRun.of("plan", "--model", "llama2-7b", "--devices", "12", "--strategy", "pp=3,split=" + split)
                        .code())
                .isZero();
    }

    @Test
    void table_timeWasUp_marksTheSizesInTheMap() {
        CliRun run = search("--devices", "8,16", "--fix", "fsdp", "--time-limit", "1e-9");

        assertThat(run.out()).containsPattern("\n +8  - +\\(time was up\\)");
    }

    @Test
    void whatIf_betterMachine_isSearched() throws Exception {
        String[] size = {"--devices", "64", "--fix", "fsdp,pp=1,cp=1,mb=1", "--top", "1", "--format", "json"};
        List<String> changed = new ArrayList<>(List.of(size));
        changed.addAll(List.of("--what-if", "peak=2x", "--what-if", "inter_node_bandwidth=2x"));

        double now = search(size).json().at("/best/0/step_time_s").asDouble();
        double then = search(changed.toArray(String[]::new))
                .json()
                .at("/best/0/step_time_s")
                .asDouble();

        assertThat(then).isLessThan(now);
        changed.removeAll(List.of("--format", "json"));
        assertThat(search(changed.toArray(String[]::new)).out())
                .contains("Trust: nobody has measured a machine that differs by --what-if.")
                .doesNotContain("validated range");
    }

    @Test
    void pareto_severalSizes_isPrintedAndWritten() throws Exception {
        String[] options = {
            "--devices", "8,16", "--fix", "fsdp,pp=1,cp=1,prefetch=pre", "--pareto", "--objective", "energy"
        };
        CliRun table = search(options);
        List<String> json = new ArrayList<>(List.of(options));
        json.addAll(List.of("--format", "json"));
        JsonNode front = search(json.toArray(String[]::new)).json().path("pareto");

        assertThat(table.code()).as(table.err()).isZero();
        assertThat(table.out())
                .contains("J/tok  strategy (= as good as the first")
                .contains("front of throughput, memory, cost and energy: " + front.size() + " layouts")
                .containsPattern("limited by .*; 0\\.\\d+ J a token");
        assertThat(front).hasSizeGreaterThan(2);
        for (JsonNode f : front) {
            assertThat(f.path("devices").asInt()).isIn(8, 16);
            assertThat(f.path("joules_per_token").asDouble()).isPositive();
            assertThat(f.path("usd_per_million_tokens").asDouble()).isPositive();
        }
    }

    @Test
    void objectiveEnergy_best_isWhatTheSimulatorReports() throws Exception {
        JsonNode best = search(
                        "--devices",
                        "16",
                        "--fix",
                        "pp=1|2,cp=1,vpp=1",
                        "--objective",
                        "energy",
                        "--top",
                        "1",
                        "--format",
                        "json")
                .json()
                .at("/best/0");

        JsonNode run = CliRun.of(
                        "run",
                        "--model",
                        "llama2-7b",
                        "--devices",
                        "16",
                        "--local-batch",
                        "2",
                        "--strategy",
                        best.path("strategy").asText(),
                        "--format",
                        "json",
                        "--quiet")
                .json();

        assertThat(best.path("joules_per_token").asDouble()
                        * run.findValue("tokens_per_joule").asDouble())
                .isCloseTo(1, within(1e-12));
    }

    @Test
    void nothingFits_saysByHowMuchAndFails() {
        CliRun run = search("--devices", "8", "--max-memory", "4GiB", "--fix", "cp=1,pp=1");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .contains("nothing fits: every layout needs more memory than")
                .contains("% more")
                .contains("optimizer")
                .containsPattern("\n  a device with .*, for example .*")
                .containsPattern("\n  \\d+ devices with the same global batch: ");
    }

    @Test
    void nothingIsLegal_namesTheLimitAndWhatWouldBe() throws Exception {
        CliRun table = search("--devices", "8", "--fix", "tp=3");
        JsonNode size = search("--devices", "8", "--fix", "tp=3", "--format", "json")
                .json()
                .at("/sizes/0");

        assertThat(table.code()).isEqualTo(1);
        assertThat(table.out())
                .contains(
                        "nothing is legal here: no layout of llama2-7b on 8 devices has tp=3: tp=3 does not divide 32")
                .contains("  tp=3 not fixed: ");
        assertThat(size.at("/obstacle/limit").asText()).isEqualTo("fixed");
        assertThat(size.at("/obstacle/remedies/0/strategy").asText()).isNotBlank();
    }

    @Test
    void wrongUse_saysWhatWouldBeRight() {
        assertThat(search("--devices", "8", "--fix", "tensor=2").err()).contains("unknown part 'tensor=2'");
        assertThat(search("--devices", "8", "--max-memory", "lots").err()).contains("such as 72GiB");
        assertThat(search("--devices", "8", "--tokens", "1e12").err()).contains("--tokens and --deadline go together");
        assertThat(search("--devices", "8", "--what-if", "speed=2x").err()).contains("unknown change 'speed=2x'");
        assertThat(search("--devices", "8", "--format", "csv").code()).isEqualTo(2);
    }
}
