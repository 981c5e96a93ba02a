package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Collectives alone, on the driver's double, in every type, with devices that reach each other and such that do not. */
@RequiresCompiler({"g++", "nm"})
class CudaSweepTest {
    private static final List<ElementType> TYPES = List.of(ElementType.FLOAT, ElementType.HALF, ElementType.BFLOAT16);

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isRight(TransferKind kind) {
        for (DoubleConfig machine : List.of(
                DoubleConfig.of(2).withSeed(1),
                DoubleConfig.of(2).withoutPeers().withSeed(2))) {
            CudaDouble driver = CudaDouble.reset(machine);
            try (Backend backend = Runs.open()) {
                CollectiveBench bench = backend.collectives().orElseThrow();
                assertThat(bench.types()).containsExactlyInAnyOrderElementsOf(TYPES);
                for (ElementType type : TYPES) {
                    for (boolean inPlace : new boolean[] {false, true}) {
                        TransferCall call = new TransferCall(kind, type, 1_031, 2, inPlace, 1, 2, true);
                        OptionalLong wrong =
                                inPlace && !kind.definedInPlace() ? OptionalLong.empty() : OptionalLong.of(0);
                        assertThat(bench.time(call, CancellationToken.none()))
                                .as("%s on %s", call, machine)
                                .isInstanceOfSatisfying(
                                        TransferTiming.Measured.class,
                                        m -> assertThat(m.wrong()).isEqualTo(wrong));
                    }
                }
            }
            // In place, all-to-all reads what others write: it is timed, and has no result.
            if (kind != TransferKind.ALL_TO_ALL && kind != TransferKind.SEND_RECEIVE) {
                assertThat(driver.violations()).isEmpty();
            }
            assertThat(driver.leaks()).isEmpty();
        }
    }

    @Test
    void averages_areRight() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(3));
        try (Backend backend = Runs.open()) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            assertThat(bench.reductions()).containsExactlyInAnyOrder(ReductionOp.SUM, ReductionOp.AVG);
            for (ElementType type : TYPES) {
                for (TransferKind kind : List.of(TransferKind.ALL_REDUCE, TransferKind.REDUCE_SCATTER)) {
                    TransferCall call = new TransferCall(kind, type, 1_031, 3, true, 0, 1, ReductionOp.AVG, true);
                    assertThat(bench.time(call, CancellationToken.none()))
                            .as(call.toString())
                            .isInstanceOfSatisfying(
                                    TransferTiming.Measured.class,
                                    m -> assertThat(m.wrong()).hasValue(0));
                }
            }
            TransferCall largest = new TransferCall(
                    TransferKind.ALL_REDUCE, ElementType.FLOAT, 8, 2, true, 0, 1, ReductionOp.MAX, true);
            assertThat(bench.time(largest, CancellationToken.none()))
                    .isEqualTo(new TransferTiming.Refused("backend cuda has no max: it sums"));
        }
        Machine.isClean(driver);
    }

    /** Commands are only checked here: nobody has so much memory. */
    @ParameterizedTest
    @EnumSource
    void moreElementsThanAnIntHas_areMoved(TransferKind kind) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2));
        driver.idle(true);
        try (Backend backend = Runs.open()) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            long count = kind.count((4L << 30) + 64, ElementType.HALF, 2);
            TransferCall call = new TransferCall(kind, ElementType.HALF, count, 2, false, 0, 1, false);
            assertThat(Math.max(call.sent(), call.received())).isEqualTo((1L << 31) + 32);
            assertThat(bench.time(call, CancellationToken.none())).isInstanceOf(TransferTiming.Measured.class);
        }
        Machine.isClean(driver);
    }

    @Test
    void whatDoesNotFit_isRefused() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        Backend backend = Runs.open();
        try (backend) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            assertThat(bench.places(2)).extracting(RankPlace::device).containsExactly(0, 0);
            TransferCall large = new TransferCall(
                    TransferKind.BROADCAST, ElementType.FLOAT, Integer.MAX_VALUE, 64, true, 0, 1, true);
            assertThat(bench.time(large, CancellationToken.none()))
                    .isInstanceOf(TransferTiming.Refused.class)
                    .asString()
                    .contains("of its ranks take", "Double A100");
        }
        Machine.isClean(driver);
        assertThatThrownBy(backend::collectives)
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("closed");
    }
}
