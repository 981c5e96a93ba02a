package dev.kneepoint.backend.cuda;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;

/** Four devices that reach each other, with our own products. */
@Tag("long")
class FourDevicesConformanceTest extends CudaConformance {
    FourDevicesConformanceTest() {
        super(DoubleConfig.of(4).with(DoubleConfig.Order.HASTY).withSeed(4), ownKernels());
    }

    /** Other tests show what runs leave behind; it is the same here. */
    @Override
    public Stream<DynamicTest> endurance() {
        return Stream.empty();
    }
}
