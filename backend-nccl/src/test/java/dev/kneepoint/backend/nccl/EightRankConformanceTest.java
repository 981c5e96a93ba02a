package dev.kneepoint.backend.nccl;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;

@Tag("long")
class EightRankConformanceTest extends NcclConformance {
    EightRankConformanceTest() {
        super(8);
    }

    /** Other tests show what runs leave behind; it is the same here. */
    @Override
    public Stream<DynamicTest> endurance() {
        return Stream.empty();
    }
}
