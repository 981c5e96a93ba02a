package dev.kneepoint.testkit;

import java.util.Map;

class CpuVirtualConformanceTest extends BackendConformance {
    CpuVirtualConformanceTest() {
        super(
                "cpu",
                Map.of("cpu.clock", "virtual"),
                Faults.none().nan(0, "attention").options());
    }
}
