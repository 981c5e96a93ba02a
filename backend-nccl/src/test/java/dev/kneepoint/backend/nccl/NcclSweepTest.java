package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Collectives by NCCL alone, on the doubles. */
@RequiresGcc
class NcclSweepTest {
    private NcclDouble nccl;

    @BeforeEach
    void start() {
        nccl = NcclDouble.reset(3);
    }

    @AfterEach
    void nothingIsWrongOrLeft() {
        assertThat(nccl.violations()).isEmpty();
        assertThat(nccl.leaks()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isRight(TransferKind kind) {
        try (Backend backend = BackendRegistry.discover(NcclSweepTest.class.getClassLoader())
                .open("nccl", Map.of("nccl.library", NcclDouble.path().toString(), "cuda.cublas", "off"))) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            assertThat(bench.places(3)).hasSize(3);
            for (ElementType type : bench.types()) {
                for (int ranks = 1; ranks <= 3; ranks++) {
                    for (boolean inPlace : new boolean[] {false, true}) {
                        TransferCall call = new TransferCall(kind, type, 1009, ranks, inPlace, 1, 3, true);
                        OptionalLong wrong =
                                inPlace && !kind.definedInPlace() ? OptionalLong.empty() : OptionalLong.of(0);
                        assertThat(bench.time(call, CancellationToken.none()))
                                .as(call.toString())
                                .isInstanceOfSatisfying(
                                        TransferTiming.Measured.class,
                                        m -> assertThat(m.wrong()).isEqualTo(wrong));
                    }
                }
            }
        }
    }
}
