package dev.kneepoint.backend.nccl;

import org.junit.jupiter.api.Tag;

@Tag("long")
class OneRankConformanceTest extends NcclConformance {
    OneRankConformanceTest() {
        super(1);
    }
}
