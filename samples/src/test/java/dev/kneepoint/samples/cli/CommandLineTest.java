package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
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
    void simulatedFigures_sayHowFarTheyAreFromWhatWasValidated() {
        String[] known = {"run", "--model", "llama2-7b", "--devices", "16", "--strategy", "fsdp", "--local-batch", "1"};
        assertThat(CliRun.of(known).out()).contains("Trust at 16 devices: inside the validated range (");
        String[] far = {"study", "--model", "tiny", "--cluster", "mi300x-8", "--devices", "8,16", "--local-batch", "1"};
        assertThat(CliRun.of(far).out()).contains("Trust at 8 to 16 devices: OUTSIDE the validated range (nearest are");
    }
}
