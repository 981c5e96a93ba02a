package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** Two devices that do not reach each other: everything goes through the host. */
@Tag("long")
class StagedDevicesConformanceTest extends CudaConformance {
    StagedDevicesConformanceTest() {
        super(DoubleConfig.of(2).withoutPeers().withSeed(3), cublas());
    }
}
