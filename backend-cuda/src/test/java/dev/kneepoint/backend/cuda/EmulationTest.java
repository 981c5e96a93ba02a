package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The emulation finds the faults that it is there for. */
@RequiresCompiler("g++")
class EmulationTest {
    private static final KernelHarness.Pointer OUT = new KernelHarness.Pointer(0, 0);
    private static final int[] GRID = {1, 1, 1};

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(4 * 256).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void whatLiesBeyondABufferIsNotRead() {
        assertThatThrownBy(() -> KernelHarness.broken().launch("reads_beyond", GRID, List.of(buffer()), OUT, OUT, 256))
                .isInstanceOf(KernelHarness.Fault.class)
                .hasMessageContaining("heap-buffer-overflow")
                .hasMessageContaining("reads_beyond");
    }

    @ParameterizedTest
    @CsvSource({"leaves_a_barrier_out, left out", "waits_for_different_things, different barriers"})
    void threadsThatPartAreNoticed(String kernel, String message) {
        assertThatThrownBy(() -> KernelHarness.broken().launch(kernel, GRID, List.of(buffer()), OUT))
                .isInstanceOf(KernelHarness.Fault.class)
                .hasMessageContaining(message);
    }

    @Test
    void aMissingBarrierGivesWrongResults() {
        ByteBuffer out = buffer();
        KernelHarness.broken().launch("races", GRID, List.of(out), OUT);
        assertThat(out.getFloat(0)).isNotEqualTo(1f);
    }
}
