package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On devices that run commands in every order that they were not denied. */
class DeviceBenchTest {
    private static final EngineOptions OPTIONS =
            new EngineOptions("host", PlanSample.whole(), false, Duration.ofSeconds(30));
    private static final long MEMORY = 64L << 20;

    private static HostDevices devices(int count, boolean direct, DataType type, long seed) {
        return new HostDevices(count, direct, NumberFormats.of(type), MEMORY, seed);
    }

    private static TransferCall call(TransferKind kind, ElementType type, long count, int ranks, boolean inPlace) {
        return new TransferCall(kind, type, count, ranks, inPlace, 1, 3, true);
    }

    private static TransferTiming time(HostDevices devices, TransferCall call) {
        try (DeviceEngine engine = new DeviceEngine(devices, OPTIONS)) {
            return engine.collectives().time(call, CancellationToken.none());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isRightWheneverCommandsRun(TransferKind kind) {
        Random random = new Random(11);
        for (long seed = 0; seed < 24; seed++) {
            int ranks = 1 + random.nextInt(4);
            boolean direct = random.nextBoolean();
            boolean inPlace = random.nextBoolean();
            boolean half = random.nextBoolean();
            HostDevices devices =
                    devices(1 + random.nextInt(ranks), direct, half ? DataType.BF16 : DataType.FP32, seed);
            TransferCall call = call(
                    kind, half ? ElementType.BFLOAT16 : ElementType.FLOAT, 1L + random.nextInt(3_000), ranks, inPlace);
            TransferTiming got = time(devices, call);
            OptionalLong wrong = inPlace && !kind.definedInPlace() ? OptionalLong.empty() : OptionalLong.of(0);
            assertThat(got)
                    .as("seed %d, direct %s, %s", seed, direct, call)
                    .isInstanceOf(TransferTiming.Measured.class);
            assertThat(((TransferTiming.Measured) got).wrong())
                    .as("seed %d, direct %s, %s", seed, direct, call)
                    .isEqualTo(wrong);
            assertThat(devices.buffers()).isZero();
        }
    }

    /** Longer than what the host writes and reads at once, and than a chunk of the collectives. */
    @Test
    void longBuffers_areWrittenAndReadInBlocks() {
        for (boolean direct : new boolean[] {false, true}) {
            TransferCall call = call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 2_500_000, 2, true);
            assertThat(time(devices(2, direct, DataType.FP32, 3), call))
                    .isInstanceOfSatisfying(
                            TransferTiming.Measured.class,
                            m -> assertThat(m.wrong()).hasValue(0));
        }
    }

    @Test
    void whatDoesNotFit_isRefusedWithNeedAndLimit() {
        HostDevices devices = devices(2, true, DataType.FP32, 1);
        assertThat(time(devices, call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 9L << 20, 2, false)))
                .isEqualTo(new TransferTiming.Refused(
                        "the buffers of 1 of its ranks take 79.7 MB, device 'host 0' has 67.1 MB"));
        assertThat(time(devices, call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 1L << 31, 2, true)))
                .isEqualTo(new TransferTiming.Refused("a buffer takes 8.59 GB, device 'host 0' allows 2.15 GB"));
        assertThat(time(devices, call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 1L << 30, 2, true)))
                .isEqualTo(new TransferTiming.Refused("a buffer takes 4.29 GB, device 'host 0' allows 2.15 GB"));
        assertThat(time(devices, call(TransferKind.ALL_REDUCE, ElementType.HALF, 8, 2, true)))
                .isEqualTo(new TransferTiming.Refused("device 'host 0' of backend host sums no half"));
        assertThat(devices.buffers()).isZero();
    }

    @Test
    void types_areThoseThatTheDeviceSums() {
        try (DeviceEngine engine = new DeviceEngine(devices(2, true, DataType.BF16, 1), OPTIONS)) {
            CollectiveBench bench = engine.collectives();
            assertThat(bench.types()).containsExactly(ElementType.FLOAT, ElementType.BFLOAT16);
            assertThat(bench.places(3)).extracting(RankPlace::device).containsExactly(0, 1, 0);
            assertThat(bench.places(3)).extracting(RankPlace::name).containsExactly("host 0", "host 1", "host 0");
            assertThatThrownBy(() -> bench.places(65))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessage("65 ranks: backend host runs at most 64");
        }
    }

    @Test
    void cancelled_itStopsAndGivesItsBuffersBack() {
        HostDevices devices = devices(2, true, DataType.FP32, 1);
        CancellationToken token = CancellationToken.create();
        token.cancel();
        try (DeviceEngine engine = new DeviceEngine(devices, OPTIONS)) {
            TransferCall call = call(TransferKind.BROADCAST, ElementType.FLOAT, 8, 2, false);
            assertThatThrownBy(() -> engine.collectives().time(call, token))
                    .isInstanceOf(ExecutionCancelledException.class)
                    .hasMessage("cancelled while timing broadcast");
            assertThat(engine.buffers()).isZero();
        }
    }
}
