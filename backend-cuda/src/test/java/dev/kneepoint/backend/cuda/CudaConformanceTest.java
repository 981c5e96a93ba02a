package dev.kneepoint.backend.cuda;

import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** On one device, with cuBLAS; commands run late and in any order that they were not denied. */
@RequiresCompiler("g++")
class CudaConformanceTest extends BackendConformance {
    private static CudaDouble driver;

    CudaConformanceTest() {
        super("cuda", Map.of("cuda.cublas", NativeDoubles.cublas().toString()), Map.of());
    }

    @BeforeAll
    static void start() {
        driver = CudaDouble.reset(DoubleConfig.of(1));
    }

    @AfterAll
    static void nothingIsLeft() {
        Machine.isClean(driver);
    }
}
