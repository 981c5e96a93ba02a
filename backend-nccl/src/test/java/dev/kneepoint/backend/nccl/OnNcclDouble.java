package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;

/** Tests on the double of NCCL that leave nothing behind on it. */
abstract class OnNcclDouble {
    NcclDouble nccl;

    void start(int size, String... settings) {
        nccl = NcclDouble.reset(size, settings);
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(nccl.leaks()).isEmpty();
    }
}
