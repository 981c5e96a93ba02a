package dev.kneepoint.backend.cuda;

/** Four devices that reach each other, with our own products. */
class FourDevicesConformanceTest extends CudaConformance {
    FourDevicesConformanceTest() {
        super(DoubleConfig.of(4).with(DoubleConfig.Order.HASTY).withSeed(4), ownKernels());
    }
}
