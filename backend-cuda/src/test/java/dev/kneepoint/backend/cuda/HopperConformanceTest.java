package dev.kneepoint.backend.cuda;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;

/** A device with FP8: a good part of the plans are multiplied in it. */
@Tag("long")
class HopperConformanceTest extends CudaConformance {
    HopperConformanceTest() {
        super(Runs.HOPPER, cublas());
    }

    /** Other tests show what runs leave behind; it is the same here. */
    @Override
    public Stream<DynamicTest> endurance() {
        return Stream.empty();
    }
}
