package dev.kneepoint.backend.nccl;

class TwoRankConformanceTest extends NcclConformance {
    TwoRankConformanceTest() {
        super(2);
    }
}
