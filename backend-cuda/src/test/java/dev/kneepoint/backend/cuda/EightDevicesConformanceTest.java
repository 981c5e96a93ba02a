package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** Eight devices. */
@Tag("long")
class EightDevicesConformanceTest extends CudaConformance {
    EightDevicesConformanceTest() {
        super(DoubleConfig.of(8).withSeed(8), cublas());
    }
}
