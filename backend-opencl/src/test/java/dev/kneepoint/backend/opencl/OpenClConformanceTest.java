package dev.kneepoint.backend.opencl;

import dev.kneepoint.testkit.BackendConformance;

/** On all devices that the backend takes by itself: on a CPU, a core for each rank as far as they go. */
@RequiresOpenCl
class OpenClConformanceTest extends BackendConformance {
    OpenClConformanceTest() {
        super("opencl");
    }
}
