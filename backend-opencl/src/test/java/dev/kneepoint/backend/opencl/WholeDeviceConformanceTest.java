package dev.kneepoint.backend.opencl;

import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;

/** On one whole device, which all ranks share. */
@RequiresOpenCl
class WholeDeviceConformanceTest extends BackendConformance {
    WholeDeviceConformanceTest() {
        super("opencl", Map.of("opencl.device", "0", "opencl.cores", "all"), Map.of());
    }
}
