package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** One device with cuBLAS: commands run late, in any order that they were not denied. */
@Tag("long")
class OneDeviceConformanceTest extends CudaConformance {
    OneDeviceConformanceTest() {
        super(DoubleConfig.of(1), cublas());
    }
}
