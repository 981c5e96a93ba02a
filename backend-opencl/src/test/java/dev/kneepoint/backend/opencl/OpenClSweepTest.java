package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Collectives alone on a device, out of place and in place. */
@RequiresOpenCl
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenClSweepTest {
    private Backend backend;
    private CollectiveBench bench;

    @BeforeAll
    void open() {
        backend = new OpenClBackendProvider().open(Map.of());
        bench = backend.collectives().orElseThrow();
    }

    @AfterAll
    void close() {
        backend.close();
        assertThatThrownBy(backend::collectives)
                .isInstanceOf(BackendException.class)
                .hasMessage("backend opencl is closed; open it again");
    }

    private static TransferCall call(TransferKind kind, ElementType type, long count, int ranks, boolean inPlace) {
        return new TransferCall(kind, type, count, ranks, inPlace, 1, 3, true);
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isTimedAndRight(TransferKind kind) {
        for (int ranks : new int[] {1, 2, 3}) {
            for (boolean inPlace : new boolean[] {false, true}) {
                for (long count : new long[] {1, 4_099}) {
                    TransferCall call = call(kind, ElementType.FLOAT, count, ranks, inPlace);
                    TransferTiming.Measured got = (TransferTiming.Measured) bench.time(call, CancellationToken.none());
                    OptionalLong wrong = inPlace && !kind.definedInPlace() ? OptionalLong.empty() : OptionalLong.of(0);
                    assertThat(got.wrong()).as("%s", call).isEqualTo(wrong);
                    assertThat(got.seconds()).as("%s", call).isBetween(1e-9, 10.0);
                }
            }
        }
        assertThat(((OpenClBackend) backend).buffers()).isZero();
    }

    /** More than the device has is a refusal, whatever the driver would say of it. */
    @Test
    void whatDoesNotFit_isRefused() {
        TransferTiming got = bench.time(
                call(TransferKind.ALL_REDUCE, ElementType.FLOAT, Integer.MAX_VALUE, 64, false),
                CancellationToken.none());
        assertThat(got).isInstanceOf(TransferTiming.Refused.class).asString().containsAnyOf("a buffer takes", "take");
        assertThat(bench.time(call(TransferKind.BROADCAST, ElementType.INT32, 8, 2, true), CancellationToken.none()))
                .asString()
                .contains("of backend opencl sums no int32");
    }
}
