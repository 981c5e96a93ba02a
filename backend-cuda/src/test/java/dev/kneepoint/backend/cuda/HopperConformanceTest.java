package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** A device with FP8: a good part of the plans are multiplied in it. */
@Tag("long")
class HopperConformanceTest extends CudaConformance {
    HopperConformanceTest() {
        super(Runs.HOPPER, cublas());
    }
}
