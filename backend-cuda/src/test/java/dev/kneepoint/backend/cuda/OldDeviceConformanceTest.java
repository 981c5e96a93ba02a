package dev.kneepoint.backend.cuda;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;

/** The oldest generation that the kernels run on: no tensor cores that they could use. */
@Tag("long")
class OldDeviceConformanceTest extends CudaConformance {
    OldDeviceConformanceTest() {
        super(DoubleConfig.of(DoubleConfig.Device.A100.withCapability(75)), ownKernels());
    }

    /** Other tests show what runs leave behind; it is the same here. */
    @Override
    public Stream<DynamicTest> endurance() {
        return Stream.empty();
    }
}
