package dev.kneepoint.backend.nccl;

import org.junit.jupiter.api.Tag;

@Tag("long")
class EightRankConformanceTest extends NcclConformance {
    EightRankConformanceTest() {
        super(8);
    }
}
