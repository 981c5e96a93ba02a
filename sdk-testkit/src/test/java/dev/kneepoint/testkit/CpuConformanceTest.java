package dev.kneepoint.testkit;

import java.util.Map;

class CpuConformanceTest extends BackendConformance {
    CpuConformanceTest() {
        super(
                "cpu",
                Map.of("cpu.kernels", "loops"),
                Faults.none().fail(1, "qkv").options());
    }
}
