package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of cuBLAS or cuBLASLt on the double, with the host's memory for the device's; they leave nothing behind. */
abstract class OnCublas {
    final Arena arena = Arena.ofConfined();
    final DoubleControls controls;

    OnCublas(DoubleControls controls) {
        this.controls = controls;
    }

    @BeforeEach
    void alone() {
        controls.alone(true);
    }

    @AfterEach
    void nothingIsLeft() {
        controls.alone(false);
        arena.close();
        assertThat(controls.handles())
                .as("handles and objects that nobody destroyed")
                .isZero();
    }

    long workspace(long bytes) {
        return arena.allocate(bytes, Workspace.ALIGNMENT).address();
    }
}
