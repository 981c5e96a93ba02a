package dev.kneepoint.backend.nccl;

import org.junit.jupiter.api.Tag;

@Tag("long")
class TwoRankConformanceTest extends NcclConformance {
    TwoRankConformanceTest() {
        super(2);
    }
}
