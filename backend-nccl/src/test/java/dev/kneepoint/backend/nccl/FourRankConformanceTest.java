package dev.kneepoint.backend.nccl;

import org.junit.jupiter.api.Tag;

@Tag("long")
class FourRankConformanceTest extends NcclConformance {
    FourRankConformanceTest() {
        super(4);
    }
}
