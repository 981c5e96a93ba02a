package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kneepoint.backend.nccl.LocalPort;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.profile.MachineProfile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on backend nccl in several processes, as a launcher starts them, on the doubles of CUDA and NCCL. */
@Tag("long")
class ManyProcessesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private DoubleMachine machine;

    @BeforeEach
    void boot() {
        machine = new DoubleMachine(2, folder);
    }

    /** What process 0 says; the other one has said nothing and ended alike. */
    private CliRun run(int code, String command, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(
                List.of(command, "--backend", "nccl", "--option", "cuda.cublas=off", "--option", "nccl.timeout=PT30S"));
        arguments.addAll(List.of(more));
        List<CliRun> all = machine.run(2, LocalPort.free(), arguments.toArray(String[]::new));
        assertThat(all).allSatisfy(r -> assertThat(r.code()).as(r.err()).isEqualTo(code));
        assertThat(all.get(1).out()).isEmpty();
        if (code == 0) {
            assertThat(all.get(1).err()).isEmpty();
        }
        return all.getFirst();
    }

    private CliRun study(int code, Path out) throws Exception {
        return run(
                code,
                "study",
                "--model",
                "tiny",
                "--seq",
                "16",
                "--cluster",
                "local-cpu",
                "--stack",
                "cpu-threads",
                "--precision",
                "fp32",
                "--devices",
                "1,2,4",
                "--strategy",
                "ddp;fsdp;ddp,tp=2",
                "--global-batch",
                "4",
                "--out",
                out.toString());
    }

    @Test
    void study_isPrintedAndWrittenOnce() throws Exception {
        CliRun run = study(0, folder.resolve("study"));
        assertThat(run.out()).contains("Verdict:", "backend nccl");
        assertThat(run.err()).contains("study: 9/9");
        JsonNode study = JSON.readTree(folder.resolve("study/study.json").toFile());
        assertThat(study.path("series")).hasSize(3);
        assertThat(study.path("series")
                        .get(1)
                        .path("points")
                        .get(1)
                        .path("step_time_s")
                        .asDouble())
                .isPositive();
        assertThat(study.toString()).contains("the plan has 4 ranks; there are 2 in all processes");
        assertThat(folder.resolve("study/report.html")).exists();
    }

    @Test
    void folderThatCannotBeWritten_endsAllProcessesBeforeTheWork() throws Exception {
        CliRun run = study(1, Path.of("/proc/nowhere"));
        assertThat(run.err()).contains("cannot write /proc/nowhere").doesNotContain("study: 1/9");
    }

    @Test
    void calibrateAndSelfcheck_areWrittenOnce() throws Exception {
        Path profile = folder.resolve("profile.json");
        CliRun calibrated = run(0, "calibrate", "--devices", "2", "--time", "10", "--out", profile.toString());
        assertThat(calibrated.out()).contains("profile written to " + profile);
        assertThat(MachineProfile.read(profile).origin()).containsEntry("backend", "nccl");
        Path check = folder.resolve("check.json");
        CliRun checked = run(
                0,
                "selfcheck",
                "--devices",
                "2",
                "--plans",
                "3",
                "--rounds",
                "2",
                "--profile",
                profile.toString(),
                "--out",
                check.toString());
        assertThat(checked.out()).contains("90th percentile");
        assertThat(JSON.readTree(check.toFile()).path("plans")).hasSize(3);
    }

    @Test
    void sweep_isPrintedAndWrittenOnce() throws Exception {
        Path file = folder.resolve("sweep.json");
        CliRun run = run(0, "sweep", "--max", "64K", "--factor", "16", "--iterations", "3", "--out", file.toString());
        assertThat(run.out()).contains("all_reduce_perf", "# Out of bounds values : 0 OK");
        assertThat(Sweep.read(file).ranks()).isEqualTo(2);
    }
}
