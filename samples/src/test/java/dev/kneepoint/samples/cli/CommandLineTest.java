package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "study",
                "backends",
                "models",
                "clusters",
                "plan",
                "run",
                "sweep",
                "validate",
                "fit-microbenchmarks"
            })
    void everyCommand_explainsItself(String command) {
        assertThat(CliRun.of(command, "--help").code()).isZero();
        assertThat(CliRun.of(command, "--help").out()).contains("Usage: kneepoint " + command);
        assertThat(CliRun.of(command, "--version").out()).startsWith("kneepoint ");
    }

    @Test
    void version_isTheBuilds() {
        assertThat(CliRun.of("--version").out()).matches("(?s)kneepoint \\d+\\.\\d+\\.\\d+.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "study --modle x| --model",
                "stuby --model x| study",
                "study --model llama2-7c| did you mean 'llama2-7b'",
                "study --model tiny --cluster dgx-h10| did you mean 'dgx-h100'",
                "study --model tiny --stack torch-fsp| did you mean 'torch-fsdp'",
                "study --model tiny --devices 0| devices must be between 1 and",
                "study --model tiny --devices -4| devices must be between 1 and",
                "study --model tiny --devices 99999999| devices must be between 1 and",
                "study --model tiny --devices 99999999999| --devices",
                "study --model tiny --devices eight| --devices",
                "study --model tiny --seq 0| sequence length must be between",
                "study --model tiny --precision bf17| known: fp32, fp16, bf16",
                "study --model tiny --recompute some| known: none, selective, full",
                "study --model tiny --strategy fsdp,tp=x| tp needs a whole number",
                "study --model tiny --strategy fsdpp| did you mean 'fsdp'",
                "study --model tiny --strategy ddp,vpp=2| vpp=2 needs pp above 1",
                "study --model tiny --scaling sideways| --scaling is strong or weak",
                "study --model tiny --scaling strong| needs --global-batch",
                "study --model tiny --global-batch 8 --local-batch 1| weak scaling",
                "study --model tiny --global-batch 0| global batch must be between 1",
                "study --model tiny --price -1| --price takes dollars of at least 0, not -1",
                "study --model tiny --backend simm| unknown backend 'simm'",
                "study --model tiny --option x=1| has no option 'x'",
                "study --model nothing.json| there is no such file",
                "study --devices 8| need --model",
                "plan --devices 8| --model is needed",
                "run --model tiny| --devices",
                "validate| --data",
                "validate --data nothing.csv| there is no such file"
            })
    void wrongUse_saysWhatWouldBeRight(String line, String expected) {
        CliRun run = CliRun.of(line.split(" "));
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(expected);
        assertThat(run.err()).doesNotContain("Exception", "\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void backends_listsAllThatTheCommandLineBrings() {
        assertThat(CliRun.of("backends").out()).contains("sim: available", "cpu: available", "opencl: ");
    }

    @Test
    void modelsAndClusters_listTheCatalogs() {
        assertThat(CliRun.of("models").out()).contains("llama2-7b", "deepseek-v3", "mixtral-8x22b", "gpt3-175b");
        assertThat(CliRun.of("clusters").out()).contains("dgx-h100", "gb200-nvl72", "dgx-v100", "mi300x-8");
    }

    @Test
    void plan_printsGroupsOpsAndMemory() throws IOException {
        String[] args = {"plan", "--model", "llama2-7b", "--devices", "16", "--strategy", "zero1,tp=2,pp=2"};
        assertThat(CliRun.of(args).out())
                .contains("group tensor: 2 ranks", "attention", "memory of the fullest device");
        CliRun json = CliRun.of(
                "plan", "--model", "llama2-7b", "--devices", "16", "--strategy", "zero1,tp=2,pp=2", "--format", "json");
        assertThat(json.json().path("schema").asText()).isEqualTo("kneepoint.plan/1");
        assertThat(json.json().path("programs")).hasSize(2);
    }

    @Test
    void plan_refusesWhatDoesNotDivide() {
        CliRun run = CliRun.of("plan", "--model", "llama2-7b", "--devices", "12", "--strategy", "fsdp,tp=6");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("tp=6 does not divide 32 heads; nearest: tp=4 or tp=8");
    }

    @Test
    void run_printsMetricsAndWritesATrace() throws IOException {
        Path trace = folder.resolve("trace.json");
        CliRun run = CliRun.of(
                "run",
                "--model",
                "tiny",
                "--devices",
                "4",
                "--strategy",
                "fsdp,pp=2",
                "--local-batch",
                "2",
                "--format",
                "json",
                "--trace",
                trace.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().path("schema").asText()).isEqualTo("kneepoint.run/1");
        assertThat(run.json().path("origin").path("backend").asText()).isEqualTo("sim");
        assertThat(Files.readString(trace)).contains("\"traceEvents\"", "\"ph\":\"X\"", "attention");
    }

    @Test
    void run_measuresASmallTrialOnTheMachinesCores() throws IOException {
        String[] args = {
            "run",
            "--backend",
            "cpu",
            "--devices",
            "1,2,16",
            "--model",
            "tiny",
            "--strategy",
            "ddp",
            "--seq",
            "1",
            "--global-batch",
            "16",
            "--option",
            "cpu.micro-batches=2",
            "--steps",
            "2",
            "--warmup",
            "1"
        };
        CliRun table = CliRun.of(args);
        assertThat(table.code()).as(table.err()).isZero();
        assertThat(table.out())
                .contains(
                        "devices  step ms",
                        "medians of 2 steps after 1 of warm-up",
                        Runtime.getRuntime().availableProcessors() < 16 ? "! more ranks than cores" : "16");
        String[] json = Arrays.copyOf(args, args.length + 2);
        json[args.length] = "--format";
        json[args.length + 1] = "json";
        CliRun run = CliRun.of(json);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json()).hasSize(3);
        assertThat(run.json().path(1).path("origin").path("backend").asText()).isEqualTo("cpu");
    }

    @Test
    void study_measuresAStrongScalingTrialOnTheMachinesCores() {
        CliRun run = CliRun.of(
                "study",
                "--backend",
                "cpu",
                "--devices",
                "1,2",
                "--model",
                "tiny",
                "--seq",
                "4",
                "--global-batch",
                "2",
                "--strategy",
                "ddp",
                "--steps",
                "3");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("tiny on local-cpu, strong scaling", "backend cpu", "spread of steps", "3 steps each after 2")
                .contains("Verdict:");
    }

    @Test
    void run_refusesWhatDoesNotFit() {
        CliRun run = CliRun.of("run", "--model", "llama3-405b", "--devices", "8", "--strategy", "ddp");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("needs", "the device has 80 GB");
    }

    @Test
    void validate_printsErrorsBySourceAndWritesJson() throws IOException {
        Path csv = folder.resolve("runs.csv");
        Files.writeString(csv, """
                id,source,accelerator,gpus,gpus_per_node,precision,model,layers,hidden,heads,ffn_hidden,glu,vocab,\
                seq_len,micro_batch,global_batch,dp_kind,tp,pp,step_time_s,notes
                a,"Some blog, 2024",H100-SXM5-80GB,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,0.8,
                b,"Some blog, 2024",H100-SXM5-80GB,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,,peak mem 40 GB
                c,Other,Abacus,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,0.8,peak mem 40 GB
                """);
        Path json = folder.resolve("out.json");
        CliRun run = CliRun.of("validate", "--quiet", "--data", csv.toString(), "--out", json.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("Some blog, 2024", "unknown accelerator")
                .contains("by family of sources", "votes 1, rows 1, skipped 0; median", "above 512 devices")
                .contains("inside the validated range: 1 rows")
                .containsPattern("peak memory against the published figure\n.*source\n +1 .*Some blog, 2024\n\n");
        assertThat(Files.readString(json))
                .contains("kneepoint.validation/1", "measured_from", "null_step_s")
                .contains("\"validated\" : \"inside\"", "interval_low_s", "interval_high_s");
    }

    @Test
    void validate_onDemand_ranksLayoutsAndWritesPages() throws IOException {
        StringBuilder csv = new StringBuilder("id,source,accelerator,gpus,precision,model,layers,hidden,heads,seq_len,"
                + "micro_batch,global_batch,dp_kind,tp,step_time_s\n");
        for (int tp : new int[] {1, 2, 4}) {
            for (int mb : new int[] {1, 2}) {
                csv.append("r%d%d,Blog,H100,8,bf16,7B,32,4096,32,4096,%d,64,zero1,%d,%d%n"
                        .formatted(tp, mb, mb, tp, 3 + tp));
            }
        }
        Path file = Files.writeString(folder.resolve("runs.csv"), csv);
        CliRun run = CliRun.of(
                "validate",
                "--quiet",
                "--ranking",
                "--data",
                file.toString(),
                "--report",
                folder.resolve("pages").toString(),
                "--range-out",
                folder.resolve("range.json").toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("ranking of layouts", "1 families with one vote each: regret");
        assertThat(folder.resolve("pages").resolve("index.md")).exists();
        assertThat(folder.resolve("range.json")).content().contains("kneepoint.validated-range/1");
    }

    @Test
    void simulatedFigures_sayHowFarTheyAreFromWhatWasValidated() {
        String[] known = {"run", "--model", "llama2-7b", "--devices", "16", "--strategy", "fsdp", "--local-batch", "1"};
        assertThat(CliRun.of(known).out()).contains("Trust at 16 devices: inside the validated range (");
        String[] far = {"study", "--model", "tiny", "--cluster", "mi300x-8", "--devices", "8,16", "--local-batch", "1"};
        assertThat(CliRun.of(far).out()).contains("Trust at 8 to 16 devices: OUTSIDE the validated range (nearest are");
    }

    @Test
    void fitMicrobenchmarks_judgesFitsAndWritesProfiles() throws IOException {
        Path gemm = folder.resolve("gemm.csv");
        Files.writeString(gemm, """
                op,device,dtype,batch,m,n,k,impl,tflops,time_us,quality,source
                gemm,H100-SXM,bf16,1,4096,4096,4096,XLA,780.2,176.16,B,a table
                gemm,Abacus,bf16,1,64,64,64,beads,,1e6,A,a picture
                """);
        StringBuilder rows =
                new StringBuilder("collective,size_bytes,nodes,gpus,gpu,fabric,algo,time_us,kind,quality,source\n");
        for (int mib = 1; mib <= 1024; mib *= 2) {
            rows.append("all_reduce,%d,1,8,A100-SXM4-80GB,NVSwitch3,,%d,nccl-tests,A,made\n"
                    .formatted(mib << 20, 50 + 9 * mib));
        }
        Path collectives = Files.writeString(folder.resolve("collectives.csv"), rows);
        Path out = folder.resolve("fitted");
        CliRun judged =
                CliRun.of("fit-microbenchmarks", "--gemm", gemm.toString(), "--collectives", collectives.toString());
        assertThat(judged.code()).as(judged.err()).isZero();
        assertThat(judged.out())
                .contains("| H100-SXM 16-bit | 1 |", "no fitted profile of Abacus", "A100-SXM4-80GB, NVSwitch3 | 11 |")
                .doesNotContain("Fitted constants");
        CliRun fitted = CliRun.of(
                "fit-microbenchmarks",
                "--gemm",
                gemm.toString(),
                "--collectives",
                collectives.toString(),
                "--fit",
                "--out",
                out.toString());
        assertThat(fitted.code()).as(fitted.err()).isZero();
        assertThat(out.resolve("microbenchmarks.md")).content().contains("Fitted constants", "| ampere scale_up |");
        assertThat(out.resolve("device-ampere.json")).content().contains("\"scale_up\"");
        assertThat(out.resolve("network-infiniband.json"))
                .content()
                .contains("\"ring_scale\" : "
                        + dev.kneepoint.profile.ProfileCatalog.networks()
                                .get("infiniband")
                                .ringScale());
    }
}
