package dev.kneepoint.testkit;

import java.util.Map;

class CpuVectorConformanceTest extends BackendConformance {
    CpuVectorConformanceTest() {
        super(
                "cpu",
                Map.of("cpu.kernels", "vector"),
                Faults.none().skip(1, "gradient-norm").options());
    }
}
