package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans over two hosts of two GPUs each, which are network namespaces, on the doubles of CUDA and NCCL. */
@Tag("long")
@RequiresGcc
class TwoHostPlansTest {
    private static final int PROCESSES = 4;
    private static final int GPUS = 2;
    private static final String SILENT = "was silent for PT30S, as if its host were gone";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private final int port = LocalPort.free();
    private final List<RankProcess> processes = new ArrayList<>();
    private Netns hosts;

    @BeforeEach
    void open() throws Exception {
        CudaDouble.reset(DoubleConfig.of(GPUS));
        NcclDouble.path();
        hosts = Netns.open();
    }

    @AfterEach
    void close() throws Exception {
        processes.forEach(RankProcess::close);
        if (hosts != null) {
            hosts.close();
        }
    }

    private void start(List<String> options, String... plans) throws IOException {
        for (int rank = 0; rank < PROCESSES; rank++) {
            start(rank, rank % GPUS, options, plans);
        }
    }

    private void start(int rank, int localRank, List<String> options, String... plans) throws IOException {
        Map<String, String> environment = Map.of(
                "RANK",
                Integer.toString(rank),
                "WORLD_SIZE",
                Integer.toString(PROCESSES),
                "LOCAL_RANK",
                Integer.toString(localRank),
                "LOCAL_WORLD_SIZE",
                Integer.toString(GPUS),
                "MASTER_ADDR",
                Netns.FIRST,
                "MASTER_PORT",
                Integer.toString(port),
                SharedToken.VARIABLE,
                "both hosts know it");
        processes.add(RankProcess.start(
                folder, environment, hosts.on(rank < GPUS, PlanProgram.command(GPUS, options, plans))));
    }

    @Test
    void strategiesOfEveryKind_runOverBothHostsWithTheSameResults() throws Exception {
        String[] plans = {"ddp@4", "fsdp@4", "hsdp=2@4", "ddp,tp=2@4", "ddp,pp=2@4", "fsdp,cp=2@4", "ddp@3", "ddp@1"};
        start(List.of(), plans);
        for (RankProcess process : processes) {
            process.ends();
        }
        List<String> first = processes.getFirst().lines("RESULT");
        assertThat(first)
                .as(processes.getFirst().output())
                .hasSize(plans.length)
                .allSatisfy(result -> assertThat(result)
                        .contains("processes=4 processes: 2 on " + Netns.FIRST_NAME + ", 2 on " + Netns.SECOND_NAME));
        for (RankProcess process : processes) {
            assertThat(process.lines("RESULT")).isEqualTo(first);
            // The doubles say at the end what was wrong or left.
            assertThat(process.output().lines()).allMatch(l -> l.matches("(OPEN|RESULT|ENDED) .*"));
        }
    }

    @Test
    void aRankThatIsKilledOnTheOtherHost_endsAllOthersWithItsName() throws Exception {
        endWhenGone("fsdp@4", 3);
    }

    @Test
    void rankZeroThatIsKilled_endsAllOthersWithItsName() throws Exception {
        endWhenGone("ddp,pp=4@4", 0);
    }

    private void endWhenGone(String plan, int victim) throws Exception {
        start(List.of("nccl.timeout=" + PATIENCE), "endless:" + plan);
        for (RankProcess process : processes) {
            process.line("RUNS");
        }
        Thread.sleep(1000);
        RankProcess.endWhenKilled(victim, processes, PATIENCE);
    }

    @Test
    void aWireThatIsCut_endsAllOfBothHosts() throws Exception {
        start(List.of("nccl.timeout=PT60S"), "endless:ddp@4");
        for (RankProcess process : processes) {
            process.line("RUNS");
        }
        hosts.cut();
        // The double's data needs no wire, so that a process may also hear by it that another has given up.
        List<String> told = new ArrayList<>();
        for (RankProcess process : processes) {
            process.ends();
            told.addAll(process.lines("FAILED"));
        }
        assertThat(told)
                .hasSize(PROCESSES)
                .allMatch(t -> t.contains(SILENT) || t.contains("another rank or its process failed"))
                .anyMatch(t -> t.contains(SILENT));
    }

    @Test
    void twoProcessesOnOneGpu_areToldWithTheirHost() throws Exception {
        for (int rank = 0; rank < PROCESSES; rank++) {
            start(rank, rank < GPUS ? rank : 0, List.of(), "ddp@4");
        }
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("FAILED"))
                    .singleElement()
                    .asString()
                    .containsPattern("rank 2 \\(process \\d+ on host-b\\) and rank 3 \\(process \\d+ on host-b\\) both"
                            + " have device");
        }
    }
}
