package dev.kneepoint.backend.cuda;

/** One device with cuBLAS: commands run late, in any order that they were not denied. */
class OneDeviceConformanceTest extends CudaConformance {
    OneDeviceConformanceTest() {
        super(DoubleConfig.of(1), cublas());
    }
}
