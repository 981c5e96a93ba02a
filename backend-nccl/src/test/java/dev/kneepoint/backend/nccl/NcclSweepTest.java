package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.DoubleConfig;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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

    private static Backend open() {
        return BackendRegistry.discover(NcclSweepTest.class.getClassLoader())
                .open("nccl", Map.of("nccl.library", NcclDouble.path().toString(), "cuda.cublas", "off"));
    }

    @Test
    void typesAreThoseOfTheLibraryAndTheDevices() {
        Set<ElementType> plain = EnumSet.complementOf(EnumSet.of(ElementType.F8E4M3, ElementType.F8E5M2));
        DoubleConfig.Device hopper = DoubleConfig.Device.A100.withCapability(90);
        Map<String, DoubleConfig.Device> without =
                Map.of("version 22304", hopper, "version 22403", DoubleConfig.Device.A100);
        without.forEach((version, device) -> {
            nccl = NcclDouble.reset(DoubleConfig.of(hopper, device), version);
            try (Backend backend = open()) {
                assertThat(backend.collectives().orElseThrow().types())
                        .as("%s on %s", version, device)
                        .isEqualTo(plain);
            }
        });
        nccl = NcclDouble.reset(DoubleConfig.of(hopper, hopper), "version 22403");
        try (Backend backend = open()) {
            assertThat(backend.collectives().orElseThrow().types()).containsExactly(ElementType.values());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyReduction_isRightInEveryType(ReductionOp op) {
        DoubleConfig.Device hopper = DoubleConfig.Device.A100.withCapability(90);
        nccl = NcclDouble.reset(DoubleConfig.of(hopper, hopper, hopper), "version 22403");
        try (Backend backend = open()) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            assertThat(bench.reductions()).contains(op);
            for (ElementType type : ElementType.values()) {
                for (TransferKind kind : List.of(TransferKind.ALL_REDUCE, TransferKind.REDUCE_SCATTER)) {
                    TransferCall call = new TransferCall(kind, type, 1009, 3, false, 0, 1, op, true);
                    assertThat(bench.time(call, CancellationToken.none()))
                            .as(call.toString())
                            .isInstanceOfSatisfying(
                                    TransferTiming.Measured.class,
                                    m -> assertThat(m.wrong()).hasValue(0));
                }
            }
        }
    }

    /** Commands are only checked here: nobody has so much memory. */
    @ParameterizedTest
    @EnumSource(names = {"INT8", "FLOAT", "UINT64"})
    void eightGibibytesOfEveryType_areMoved(ElementType type) {
        DoubleConfig.Device hopper = DoubleConfig.Device.A100.withCapability(90);
        nccl = NcclDouble.reset(DoubleConfig.of(hopper, hopper), "version 22403");
        nccl.driver().idle(true);
        try (Backend backend = open()) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            for (TransferKind kind : TransferKind.values()) {
                long count = kind.count(8L << 30, type, 2);
                TransferCall call = new TransferCall(kind, type, count, 2, false, 0, 1, false);
                assertThat(call.bytes()).isEqualTo(8L << 30);
                assertThat(bench.time(call, CancellationToken.none()))
                        .as(call.toString())
                        .isInstanceOf(TransferTiming.Measured.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isRight(TransferKind kind) {
        try (Backend backend = open()) {
            CollectiveBench bench = backend.collectives().orElseThrow();
            assertThat(bench.places(3)).hasSize(3);
            for (ElementType type : bench.types()) {
                for (int ranks = type == ElementType.FLOAT ? 1 : 3; ranks <= 3; ranks++) {
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
