package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever process is killed, whenever: before it has come, while all meet, connect or compare plans, or in a step. */
@Tag("long")
@RequiresGcc
class KillAtAnyTimeTest {
    private static final int SIZE = 3;
    private static final int LATEST_MILLIS = 6000;
    private static final List<String> PLANS = List.of("ddp@3", "fsdp@3", "ddp,pp=3@3");

    /** As long as a process may wait for one that does not come or does not answer. */
    private static final List<String> OPTIONS = List.of("nccl.rendezvous-timeout=PT15S", "nccl.timeout=PT15S");

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

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theOthersEndWithItsName(long seed) throws Exception {
        Random random = new Random(seed);
        int victim = random.nextInt(SIZE);
        int delay = random.nextInt(LATEST_MILLIS);
        String plan = PLANS.get(random.nextInt(PLANS.size()));
        String what = "seed " + seed + ": rank " + victim + " of " + plan + " after " + delay + " ms";
        for (int rank = 0; rank < SIZE; rank++) {
            processes.add(RankProcess.start(
                    folder,
                    PlanProgram.environment(rank, SIZE, port),
                    PlanProgram.command(SIZE, OPTIONS, "endless:" + plan)));
        }
        Thread.sleep(delay);
        processes.get(victim).kill();
        RankProcess.endWithTheNameOf(victim, processes, what + ": ");
    }
}
