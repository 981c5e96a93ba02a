package dev.kneepoint.backend.cuda;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;

/** Eight devices. */
@Tag("long")
class EightDevicesConformanceTest extends CudaConformance {
    EightDevicesConformanceTest() {
        super(DoubleConfig.of(8).withSeed(8), cublas());
    }

    /** Other tests show what runs leave behind; it is the same here. */
    @Override
    public Stream<DynamicTest> endurance() {
        return Stream.empty();
    }
}
