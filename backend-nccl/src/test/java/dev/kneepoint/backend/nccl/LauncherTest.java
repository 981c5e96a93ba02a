package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks started by launchers, or with the variables that these set. */
@Tag("long")
class LauncherTest {
    @TempDir
    Path folder;

    private final int port = LocalPort.free();
    private final List<RankProcess> started = new ArrayList<>();

    @AfterEach
    void noProcessIsLeft() {
        started.forEach(RankProcess::close);
    }

    @Test
    void openMpi_startsARun() throws Exception {
        RankProcess mpirun = mpirun("--leave");
        mpirun.until(() -> !mpirun.process().isAlive(), "no end");
        assertThat(mpirun.lines("STARTED OPEN_MPI").stream().map(l -> l.substring(0, 5)))
                .as(mpirun.output())
                .containsExactlyInAnyOrder("0 3 0", "1 3 1", "2 3 2");
        assertThat(mpirun.lines("JOINED")).containsExactly("0301040105", "0301040105", "0301040105");
        assertThat(mpirun.lines("ENDED")).containsExactly("[]", "[]", "[]");
        assertThat(mpirun.process().exitValue()).isZero();
    }

    @Test
    void rankOfOpenMpiThatIsKilled_leavesNoOrphan() throws Exception {
        RankProcess mpirun = mpirun();
        mpirun.until(() -> mpirun.lines("JOINED").size() == 3, "not all three have joined");
        List<Long> pids = mpirun.lines("STARTED OPEN_MPI").stream()
                .map(l -> Long.parseLong(l.substring(l.lastIndexOf(' ') + 1)))
                .toList();
        ProcessHandle.of(pids.getFirst()).orElseThrow().destroyForcibly();
        mpirun.until(() -> !mpirun.process().isAlive(), "no end");
        assertThat(mpirun.process().exitValue()).isNotZero();
        for (long pid : pids) {
            ProcessHandle.of(pid)
                    .ifPresent(p ->
                            assertThat(p.onExit()).succeedsWithin(Duration.ofSeconds(RankProcess.PATIENCE_SECONDS)));
        }
    }

    @Test
    void torchrun_startsARunBesideItsOwnStore() throws Exception {
        // The agent's store has the port, as torchrun's has while its workers run.
        try (ServerSocket store = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(store.isBound()).isTrue();
            for (int rank = 0; rank < 2; rank++) {
                start(
                        Map.of(
                                "RANK", "" + rank,
                                "WORLD_SIZE", "2",
                                "LOCAL_RANK", "" + rank,
                                "LOCAL_WORLD_SIZE", "2",
                                "MASTER_ADDR", "localhost",
                                "MASTER_PORT", "" + port,
                                "TORCHELASTIC_RUN_ID", "none",
                                "TORCHELASTIC_USE_AGENT_STORE", "True"),
                        "--leave");
            }
            assertAllBegin("TORCHRUN");
        }
    }

    @Test
    void slurm_startsARun() throws Exception {
        for (int rank = 0; rank < 2; rank++) {
            start(
                    Map.of(
                            "SLURM_JOB_ID", "42",
                            "SLURM_STEP_ID", "0",
                            "SLURM_PROCID", "" + rank,
                            "SLURM_NTASKS", "2",
                            "SLURM_LOCALID", "" + rank,
                            "SLURM_NODEID", "0",
                            "SLURM_TASKS_PER_NODE", "2",
                            "SLURM_JOB_NODELIST", "localhost"),
                    "--leave",
                    "nccl.port=" + port);
        }
        assertAllBegin("SLURM");
    }

    @Test
    void nobody_startsARunOfOne() throws Exception {
        start(Map.of(), "--leave");
        assertThat(started.getFirst().line("STARTED")).startsWith("NONE 0 1 0 ");
        assertAllBegin("NONE");
    }

    private void assertAllBegin(String launcher) throws Exception {
        for (RankProcess rank : started) {
            assertThat(rank.line("STARTED")).startsWith(launcher);
            assertThat(rank.line("JOINED")).isEqualTo("0301040105");
            rank.ends();
        }
    }

    private RankProcess mpirun(String... options) throws IOException {
        Parts.need(Parts.program("mpirun"), "mpirun of Open MPI (openmpi-bin)");
        List<String> command = new ArrayList<>(List.of("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "3"));
        command.addAll(RankProcess.command(options));
        command.add("nccl.port=" + port);
        RankProcess mpirun = RankProcess.start(folder, Map.of(), command);
        started.add(mpirun);
        return mpirun;
    }

    private void start(Map<String, String> environment, String... options) throws IOException {
        started.add(RankProcess.start(folder, environment, RankProcess.command(options)));
    }
}
