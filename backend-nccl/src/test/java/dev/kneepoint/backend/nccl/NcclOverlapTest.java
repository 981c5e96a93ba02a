package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.testkit.TinyPlans;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Transfers on streams of their own beside compute, on doubles whose collectives last as long as much of the compute. */
@Tag("long")
@RequiresGcc
class NcclOverlapTest extends OnNcclDouble {
    private static final int RANKS = 2;
    private static final int SEQUENCES = 8;
    private static final String DELAY = "delay 20000";

    @BeforeEach
    void start() {
        start(RANKS, DELAY);
    }

    @AfterEach
    void nothingIsWrong() {
        assertThat(nccl.violations()).isEmpty();
    }

    private static Timeline run() {
        try (Backend backend = BackendRegistry.discover(NcclOverlapTest.class.getClassLoader())
                .open("nccl", Map.of("nccl.library", NcclDouble.path().toString(), "cuda.cublas", "off"))) {
            return backend.execute(new ExecutionRequest(
                            TinyPlans.of("fsdp", RANKS, SEQUENCES),
                            1,
                            1,
                            false,
                            Optional.of(Duration.ofMinutes(2)),
                            CancellationToken.none()))
                    .timeline();
        }
    }

    @Test
    void gathersAndReductionsOfShards_runBesideCompute() {
        Timeline step = run();
        for (RankTimeline rank : step.ranks()) {
            assertThat(rank.parts().exposedCommunication())
                    .as(rank.toString())
                    .isPositive()
                    .isLessThan(rank.busy().communication());
        }
    }
}
