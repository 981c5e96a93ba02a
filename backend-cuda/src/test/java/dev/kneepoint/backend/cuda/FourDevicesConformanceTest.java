package dev.kneepoint.backend.cuda;

import org.junit.jupiter.api.Tag;

/** Four devices that reach each other, with our own products. */
@Tag("long")
class FourDevicesConformanceTest extends CudaConformance {
    FourDevicesConformanceTest() {
        super(DoubleConfig.of(4).with(DoubleConfig.Order.HASTY).withSeed(4), ownKernels());
    }
}
