package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    Path folder;

    @Test
    void printsMetricsAndWritesATrace() throws IOException {
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
    void measuresASmallTrialOnTheMachinesCores() throws IOException {
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
    void refusesWhatDoesNotFit() {
        CliRun run = CliRun.of("run", "--model", "llama3-405b", "--devices", "8", "--strategy", "ddp");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("needs", "the device has 80 GB");
    }
}
