package dev.kneepoint.samples.roofline;

import dev.kneepoint.testkit.BackendConformance;

/** All that it takes to have a backend checked. */
class RooflineConformanceTest extends BackendConformance {
    RooflineConformanceTest() {
        super("roofline");
    }
}
