package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulation finds the faults that it is there for. */
@RequiresCompiler("g++")
class EmulationTest {
    private static final KernelHarness.Pointer OUT = new KernelHarness.Pointer(0, 0);
    private static final int[] GRID = {1, 1, 1};
    private static final int THREADS = 256;

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(4 * 256).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void whatLiesBeyondABufferIsNotRead() {
        assertThatThrownBy(() ->
                        KernelHarness.broken().launch("reads_beyond", GRID, THREADS, List.of(buffer()), OUT, OUT, 256))
                .isInstanceOf(KernelHarness.Fault.class)
                .hasMessageContaining("heap-buffer-overflow")
                .hasMessageContaining("reads_beyond");
    }

    @ParameterizedTest
    @CsvSource({
        "leaves_a_barrier_out, left out",
        "waits_for_different_things, different barriers",
        "takes_rows_of_one_bank, share banks"
    })
    void whatNoThreadMayDoIsNoticed(String kernel, String message) {
        assertThatThrownBy(() -> KernelHarness.broken().launch(kernel, GRID, THREADS, List.of(buffer()), OUT))
                .isInstanceOf(KernelHarness.Fault.class)
                .hasMessageContaining(message);
    }

    @Test
    void aMissingBarrierGivesWrongResults() {
        ByteBuffer out = buffer();
        KernelHarness.broken().launch("races", GRID, THREADS, List.of(out), OUT);
        assertThat(out.getFloat(0)).isNotEqualTo(1f);
    }

    @Test
    void warpsDoNotKeepPace() {
        ByteBuffer out = buffer();
        KernelHarness.broken().launch("relies_on_pace", GRID, THREADS, List.of(out), OUT);
        assertThat(out.getFloat(0)).isNaN();
    }

    private static ByteBuffer copied(String kernel) {
        ByteBuffer x = buffer();
        for (int i = 0; i < THREADS; i++) {
            x.putFloat(4 * i, i);
        }
        ByteBuffer out = buffer();
        KernelHarness.broken().launch(kernel, GRID, THREADS, List.of(out, x), new KernelHarness.Pointer(1, 0), OUT);
        return out;
    }

    @Test
    void copiesThatAreWaitedForAreThere() {
        ByteBuffer out = copied("waits_for_its_copies");
        for (int i = 0; i < THREADS; i++) {
            assertThat(out.getFloat(4 * i)).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaves_a_wait_out", "waits_for_another_group", "copies_over_what_is_read"})
    void copiesThatAreNotWaitedForAreNoNumbers(String kernel) {
        assertThat(copied(kernel).getFloat(0)).isNaN();
    }

    @Test
    void copiesOfWhatIsNotAlignedAreNoticed() {
        assertThatThrownBy(() -> copied("copies_to_an_odd_place"))
                .isInstanceOf(KernelHarness.Fault.class)
                .hasMessageContaining("not aligned");
    }

    @Test
    void sharedMemoryIsNoNumberInEveryBlock() {
        ByteBuffer out = buffer();
        KernelHarness.broken()
                .launch("reads_what_the_block_before_left", new int[] {2, 1, 1}, THREADS, List.of(out), OUT);
        assertThat(out.getFloat(0)).isNaN();
    }
}
