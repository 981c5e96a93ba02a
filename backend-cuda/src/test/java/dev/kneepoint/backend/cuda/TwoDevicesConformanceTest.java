package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** Two devices of an older kind, without the stream-ordered allocator. */
@Tag("long")
class TwoDevicesConformanceTest extends CudaConformance {
    TwoDevicesConformanceTest() {
        super(DoubleConfig.of(2).withoutPools().withSeed(2), cublas());
    }
}
