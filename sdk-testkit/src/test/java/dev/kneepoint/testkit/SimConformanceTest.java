package dev.kneepoint.testkit;

class SimConformanceTest extends BackendConformance {
    SimConformanceTest() {
        super("sim");
    }
}
