package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans over processes, on the doubles of CUDA and NCCL, started as torchrun does. */
@RequiresGcc
class PlanProcessesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private final int port = LocalPort.free();
    private final List<RankProcess> processes = new ArrayList<>();

    @BeforeEach
    void compileOnce() {
        CudaDouble.reset(DoubleConfig.of(1));
        NcclDouble.path();
    }

    @AfterEach
    void noneIsLeft() {
        processes.forEach(RankProcess::close);
    }

    private void start(int size, List<String> options, String... plans) throws IOException {
        for (int rank = 0; rank < size; rank++) {
            start(rank, size, options, plans);
        }
    }

    private void start(int rank, int size, List<String> options, String... plans) throws IOException {
        start(rank, size, "", options, plans);
    }

    private void start(int rank, int size, String faults, List<String> options, String... plans) throws IOException {
        Map<String, String> environment = new HashMap<>(PlanProgram.environment(rank, size, port));
        environment.put("NCCL_DOUBLE", faults);
        processes.add(RankProcess.start(folder, environment, PlanProgram.command(size, options, plans)));
    }

    private void allGetTheSame(int size, String... plans) throws Exception {
        start(size, List.of(), plans);
        List<String> first = List.of();
        for (RankProcess process : processes) {
            process.ends();
            List<String> results = process.lines("RESULT");
            assertThat(results).as(process.output()).hasSize(plans.length);
            first = first.isEmpty() ? results : first;
            assertThat(results).isEqualTo(first);
        }
        for (int i = 0; i < plans.length; i++) {
            int ranks = Integer.parseInt(plans[i].substring(plans[i].indexOf('@') + 1));
            assertThat(first.get(i))
                    .startsWith(plans[i])
                    .contains("rank " + (ranks - 1) + "]", "backend=nccl", "slowest rank=rank ")
                    .contains("processes=" + size + " process", "device=1 x Double A100");
        }
        // The doubles say at the end what was wrong or left.
        assertThat(processes)
                .allSatisfy(p -> assertThat(p.output().lines()).allMatch(l -> l.matches("(OPEN|RESULT|ENDED) .*")));
    }

    @Test
    void twoProcesses_runPlansAndGetTheSameResults() throws Exception {
        allGetTheSame(2, "ddp@2", "fsdp@2", "ddp,tp=2@2", "ddp,pp=2@2", "ddp@1");
    }

    @Test
    void whatTheFirstProcessDecides_allDo() throws Exception {
        start(2, List.of(), "decide", "ddp@2", "decide");
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("DECIDED")).as(process.output()).containsExactly("true false", "true false");
            assertThat(process.lines("RESULT")).hasSize(1);
        }
    }

    @Tag("long")
    @Test
    void fourProcesses_runStrategiesOfEveryKind() throws Exception {
        allGetTheSame(
                4,
                "ddp@4",
                "zero1@4",
                "zero2@4",
                "fsdp@4",
                "hsdp=2@4",
                "fsdp,tp=2@4",
                "ddp,pp=4@4",
                "ddp,tp=2,pp=2@4",
                "fsdp,cp=2@4",
                "fsdp@2");
    }

    @Tag("long")
    @Test
    void eightProcesses_runPlansOfThreeAxes() throws Exception {
        allGetTheSame(8, "fsdp@8", "zero1,tp=2,pp=2@8", "fsdp@4");
    }

    @Test
    void aPlanThatIsTooLarge_isRefusedByAll() throws Exception {
        start(2, List.of(), "ddp@4", "ddp@2");
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("REFUSED"))
                    .singleElement()
                    .asString()
                    .startsWith("the plan has 4 ranks; there are 2 in all processes");
            assertThat(process.lines("RESULT")).hasSize(1);
        }
    }

    @Test
    void differentPlans_areToldToAllByRank() throws Exception {
        start(0, 3, List.of(), "ddp@3", "ddp@3");
        start(1, 3, List.of(), "fsdp@3", "ddp@3");
        start(2, 3, List.of(), "ddp@3", "ddp@3");
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("FAILED"))
                    .singleElement()
                    .asString()
                    .containsPattern("ranks 0, 2: ddp.* on 3 ranks, 1 \\+ 2 steps \\(plan [0-9a-f]{8}\\);"
                            + " rank 1: fsdp.* on 3 ranks")
                    .contains("all must run the same plans, with the same steps, in the same order");
        }
    }

    @Test
    void aPlanThatIsTooLargeInOneProcess_isAnotherPlan() throws Exception {
        start(0, 2, List.of(), "ddp@2");
        start(1, 2, List.of(), "ddp@4");
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("FAILED"))
                    .singleElement()
                    .asString()
                    .containsPattern("rank 0: ddp.* on 2 ranks.*; rank 1: ddp.* on 4 ranks");
        }
    }

    @Tag("long")
    @Test
    void aProcessThatStandsStill_isNotWaitedForWithoutEndByWhoMetItInAFolder() throws Exception {
        Path meeting = Files.createDirectory(folder.resolve("meeting"));
        start(2, List.of("nccl.rendezvous=file:" + meeting, "nccl.timeout=PT2S"), "endless:ddp@1");
        processes.get(0).line("RUNS");
        Thread.sleep(1000);
        Parts.run("kill", "-STOP", Long.toString(processes.get(0).process().pid()));
        processes.get(1).ends();
        assertThat(processes.get(1).lines("FAILED"))
                .singleElement()
                .asString()
                .contains("not all ranks have come to it for 20 s");
    }

    @Test
    void aKilledProcess_endsTheOthersWithItsName() throws Exception {
        endWhenKilled(3, 1, "ddp@3", 1000);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"fsdp@4", "ddp,pp=4@4", "ddp,tp=4@4"})
    void whoeverIsKilled_theOthersEnd(String plan) throws Exception {
        // While they connect, and while steps go on.
        for (int delay : new int[] {0, 300, 2000}) {
            endWhenKilled(4, 0, plan, delay);
            endWhenKilled(4, 3, plan, delay);
        }
    }

    private void endWhenKilled(int size, int victim, String plan, int delayMillis) throws Exception {
        processes.forEach(RankProcess::close);
        processes.clear();
        Path flight = Files.createTempDirectory(folder, "flight");
        start(size, List.of("nccl.flight-record=" + flight, "nccl.timeout=" + PATIENCE), "endless:" + plan);
        for (RankProcess process : processes) {
            process.line("RUNS");
        }
        Thread.sleep(delayMillis);
        RankProcess.endWhenKilled(victim, processes, PATIENCE);
        for (int rank = 0; rank < size; rank++) {
            assertThat(flight.resolve("flight-rank-" + rank + ".jsonl").toFile().exists())
                    .as("the last ops of rank %d", rank)
                    .isEqualTo(rank != victim);
        }
    }

    private void endWithFault(String fault, String expected, String ofTheFaulty) throws Exception {
        List<String> options = List.of("nccl.timeout=PT10S");
        start(0, 3, "", options, "endless:ddp@3");
        start(1, 3, fault, options, "endless:ddp@3");
        start(2, 3, "", options, "endless:ddp@3");
        for (RankProcess process : processes) {
            process.ends();
            assertThat(process.lines("FAILED"))
                    .as(process.output())
                    .singleElement()
                    .asString()
                    .contains(expected);
        }
        assertThat(processes.get(1).lines("FAILED").getFirst()).contains(ofTheFaulty);
    }

    @Test
    void anErrorBehindTheCalls_endsAllWithRankAndWhatNcclSays() throws Exception {
        endWithFault("async 60 3", "ncclInternalError", "rank 1");
    }

    /** It may be one of the plan, or one by which ranks compare their times. */
    @Tag("long")
    @Test
    void aCollectiveThatNeverEnds_endsAllByTheTimeoutWithRankOpAndGroup() throws Exception {
        endWithFault("silent 60", "(group of 3)", ", op '");
    }

    @Test
    void aTerminatedProcess_endsTheOthers() throws Exception {
        start(3, List.of(), "endless:ddp@3");
        for (RankProcess process : processes) {
            process.line("RUNS");
        }
        Thread.sleep(1000);
        processes.get(2).process().destroy();
        for (RankProcess process : processes.subList(0, 2)) {
            process.ends();
            assertThat(process.lines("FAILED"))
                    .as(process.output())
                    .singleElement()
                    .asString()
                    .contains("rank 2");
        }
    }

    @Test
    void aRankThatNeverComes_endsTheOthersInTime() throws Exception {
        start(0, 2, List.of("nccl.rendezvous-timeout=PT3S"), "ddp@2");
        processes.getFirst().ends();
        assertThat(processes.getFirst().lines("FAILED"))
                .singleElement()
                .asString()
                .contains("missing: rank 1 of 2");
    }

    @Test
    void aProcessThatStopsCalling_endsTheOthersByTheirTimeout() throws Exception {
        start(0, 2, List.of("nccl.timeout=PT3S"), "ddp@2", "ddp@2");
        start(1, 2, List.of("nccl.timeout=PT3S"), "ddp@2");
        for (RankProcess process : processes) {
            process.ends();
        }
        assertThat(processes.getFirst().lines("FAILED")).hasSize(1);
        assertThat(processes.get(1).lines("FAILED").size()).isLessThanOrEqualTo(1);
    }
}
