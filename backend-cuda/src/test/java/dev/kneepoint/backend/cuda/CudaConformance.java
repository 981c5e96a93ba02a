package dev.kneepoint.backend.cuda;

import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** The conformance kit on the driver's double, which has nothing to complain of afterwards. */
@RequiresCompiler({"g++", "gcc", "nm"})
abstract class CudaConformance extends BackendConformance {
    private final DoubleConfig machine;
    private CudaDouble driver;

    CudaConformance(DoubleConfig machine, Map<String, String> options) {
        super("cuda", options, Map.of());
        this.machine = machine;
    }

    /** Products by cuBLAS's double. */
    static Map<String, String> cublas() {
        return Map.of("cuda.cublas", NativeDoubles.cublas().toString());
    }

    /** Products by our own kernels. */
    static Map<String, String> ownKernels() {
        return Map.of("cuda.cublas", "off");
    }

    @BeforeEach
    void start(TestInfo battery) {
        driver = CudaDouble.reset(machine);
        // A thousand runs are asked what they leave behind, not what they compute.
        driver.idle(battery.getTestMethod().orElseThrow().getName().equals("endurance"));
    }

    @AfterEach
    void nothingIsWrongOrLeft() {
        Machine.isClean(driver);
    }
}
