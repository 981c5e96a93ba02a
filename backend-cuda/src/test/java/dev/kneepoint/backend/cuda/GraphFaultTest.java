package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.workload.Precision;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails while a step is captured or replayed ends the capture, gives the graph back and leaves a backend that works. */
@RequiresCompiler({"g++", "gcc", "nm"})
class GraphFaultTest {
    private static final int UNKNOWN = 999;
    private static final int LAUNCH_FAILED = 719;
    private static final StepPlan PLAN = Runs.plan("ddp", 1, Precision.BF16);
    private static final String[] OWN_KERNELS = {"cuda.graphs", "on", "cuda.cublas", "off"};
    private static final String[] CUBLAS = {"cuda.graphs", "on"};

    private CudaDouble driver;

    @BeforeEach
    void start() {
        driver = CudaDouble.reset(DoubleConfig.of(1));
        driver.idle(true);
    }

    /** How often a function is called before the first capture of a run, which does not depend on how long steps take. */
    private int beforeCapture(String function, String... options) {
        Runs.whole(PLAN, options);
        List<String> calls = driver.calls();
        int count = (int) calls.subList(0, calls.indexOf("cuStreamBeginCapture_v2")).stream()
                .filter(function::equals)
                .count();
        start();
        return count;
    }

    private CudaException failing(Backend backend) {
        return catchThrowableOfType(CudaException.class, () -> Runs.run(backend, PLAN));
    }

    private void worksAgain(Backend backend) {
        assertThat(Runs.run(backend, PLAN).origin()).containsKeys("step by launches", "step by graph replay");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void launchThatIsNotCaptured_namesTheOp_andEndsTheCapture(int nth) {
        int before = beforeCapture("cuLaunchKernel", OWN_KERNELS);
        try (Backend backend = Runs.open(OWN_KERNELS)) {
            driver.failAt("cuLaunchKernel", before + nth, UNKNOWN);
            CudaException e = failing(backend);
            assertThat(e.call()).startsWith("cuLaunchKernel of ");
            assertThat(e.op()).isPresent();
            assertThat(e.rank()).hasValue(0);
            assertThat(e.isDeviceLost()).isFalse();
            assertThat(driver.counts()).containsKey("cuStreamIsCapturing").doesNotContainKey("cuGraphLaunch");
            worksAgain(backend);
        }
        Machine.isClean(driver);
    }

    @Test
    void productThatIsNotCaptured_isCublasFailure_andEndsTheCapture() {
        int before = beforeCapture("double_enqueue", CUBLAS);
        try (Backend backend = Runs.open(CUBLAS)) {
            driver.failAt("double_enqueue", before + 2, UNKNOWN);
            CudaException e = failing(backend);
            assertThat(e.library()).isEqualTo("cuBLAS");
            assertThat(e.op()).isPresent();
            assertThat(driver.counts()).containsKey("cuStreamIsCapturing");
            assertThat(DoubleControls.cublas().commands()).isZero();
            worksAgain(backend);
        }
        Machine.isClean(driver);
        assertThat(DoubleControls.cublas().handles()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuStreamBeginCapture",
                "cuStreamEndCapture",
                "cuGraphGetNodes",
                "cuGraphInstantiateWithFlags",
                "cuGraphLaunch"
            })
    void callThatFails_isNamed_andTheBackendWorksAgain(String function) {
        try (Backend backend = Runs.open(OWN_KERNELS)) {
            driver.failAt(function, 1, UNKNOWN);
            CudaException e = failing(backend);
            assertThat(e.call()).startsWith(function);
            assertThat(e.op().orElseThrow()).endsWith("of a step");
            assertThat(e.device()).contains("device 0 'Double A100'");
            worksAgain(backend);
        }
        Machine.isClean(driver);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch", "cuGraphExecDestroy"})
    void deviceThatIsLost_isSaid_andAnotherBackendHasItAgain(String function) {
        try (Backend backend = Runs.open(OWN_KERNELS)) {
            driver.breakAt(function, 1, LAUNCH_FAILED);
            CudaException e = failing(backend);
            assertThat(e.call()).startsWith(function);
            assertThat(e.isDeviceLost()).isTrue();
        }
        assertThat(driver.violations()).isEmpty();
        assertThat(driver.leaks()).isEmpty();
        try (Backend backend = Runs.open(OWN_KERNELS)) {
            worksAgain(backend);
        }
    }

    @Test
    void kernelOfAGraphThatFails_losesTheDevice() {
        int before = beforeCapture("cuLaunchKernel", OWN_KERNELS);
        try (Backend backend = Runs.open(OWN_KERNELS)) {
            driver.failKernel(before + 2, LAUNCH_FAILED);
            CudaException e = failing(backend);
            assertThat(e.code()).isEqualTo(LAUNCH_FAILED);
            assertThat(e.isDeviceLost()).isTrue();
            assertThat(driver.counts()).containsEntry("cuGraphLaunch", 1L);
        }
        assertThat(driver.violations()).isEmpty();
        assertThat(driver.leaks()).isEmpty();
    }

    @Test
    @Timeout(60)
    void graphThatHangs_endsTheRunAfterTheTimeout() {
        int before = beforeCapture("cuLaunchKernel", OWN_KERNELS);
        Backend backend = Runs.open("cuda.graphs", "on", "cuda.cublas", "off", "cuda.timeout", "PT3S");
        driver.stall(before + 2);
        CudaException e = failing(backend);
        assertThat(e).hasMessageContaining("the device has not come to an end for 3 s");
        assertThat(e.isDeviceLost()).isTrue();
        assertThat(driver.counts()).containsEntry("cuGraphLaunch", 1L);
        backend.close();
        driver.release();
    }
}
