package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuBenchTest {
    private final CollectiveBench bench = new CpuBench(new LoopKernel(), () -> false);

    private TransferTiming time(TransferCall call) {
        return bench.time(call, CancellationToken.none());
    }

    private static TransferCall call(TransferKind kind, ElementType type, long count, int ranks) {
        return new TransferCall(kind, type, count, ranks, false, 0, 1, true);
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isTimedAndRight(TransferKind kind) {
        Random random = new Random(7);
        for (int ranks : new int[] {1, 2, 3, 4}) {
            for (boolean inPlace : new boolean[] {false, true}) {
                long count = 1L + random.nextInt(20_000);
                TransferCall call = new TransferCall(kind, ElementType.FLOAT, count, ranks, inPlace, 1, 2, true);
                TransferTiming.Measured got = (TransferTiming.Measured) time(call);
                assertThat(got.seconds()).as("%s", call).isBetween(1e-9, 10.0);
                boolean checked = !inPlace || kind.definedInPlace();
                assertThat(got.wrong()).as("%s", call).isEqualTo(checked ? OptionalLong.of(0) : OptionalLong.empty());
            }
        }
    }

    @Test
    void withoutCheck_nothingIsSaidOfElements() {
        TransferCall call = new TransferCall(TransferKind.ALL_REDUCE, ElementType.FLOAT, 5, 2, true, 0, 1, false);
        assertThat(((TransferTiming.Measured) time(call)).wrong()).isEmpty();
    }

    @Test
    void whatDoesNotFit_isRefusedWithNeedAndLimit() {
        assertThat(time(call(TransferKind.ALL_REDUCE, ElementType.HALF, 8, 2)))
                .isEqualTo(new TransferTiming.Refused("backend cpu has float only, not half"));
        assertThat(time(call(TransferKind.ALL_GATHER, ElementType.FLOAT, 1L << 30, 2)))
                .isEqualTo(new TransferTiming.Refused("an array holds at most 2147483639 elements, not 2147483648"));
        assertThat(time(call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 1L << 30, 256)))
                .asString()
                .contains("the arrays of 256 ranks take 2.2 TB, the heap has ", "-Xmx");
    }

    @Test
    void tooManyRanks_areUnsupported() {
        assertThatThrownBy(() -> bench.places(257))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessage("257 ranks: backend cpu runs at most 256, each a thread");
        assertThatThrownBy(() -> time(call(TransferKind.ALL_REDUCE, ElementType.FLOAT, 8, 257)))
                .isInstanceOf(UnsupportedPlanException.class);
    }

    @Test
    void places_areOneHost() {
        assertThat(bench.places(3)).hasSize(3).allMatch(p -> p.node() == 0 && p.device() == 0);
        assertThat(bench.types()).containsExactly(ElementType.FLOAT);
    }

    @Test
    @Timeout(30)
    void cancelled_itStopsBetweenAndInsideCalls() throws InterruptedException {
        CancellationToken token = CancellationToken.create();
        TransferCall endless =
                new TransferCall(TransferKind.ALL_REDUCE, ElementType.FLOAT, 1 << 16, 2, true, 0, 1_000_000, false);
        Thread canceller = new Thread(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            token.cancel();
        });
        canceller.start();
        assertThatThrownBy(() -> bench.time(endless, token)).isInstanceOf(ExecutionCancelledException.class);
        canceller.join();
        assertThatThrownBy(() -> bench.time(endless, token)).hasMessage("cancelled while timing all-reduce");
    }

    @Test
    void virtualTime_hasNothingToMeasure() {
        try (Backend backend = new CpuProvider().open(Map.of("cpu.clock", "virtual"))) {
            assertThat(backend.collectives()).isEmpty();
            assertThat(backend.leads()).isTrue();
        }
        try (Backend backend = new CpuProvider().open(Map.of())) {
            assertThat(backend.collectives()).isPresent();
        }
    }
}
