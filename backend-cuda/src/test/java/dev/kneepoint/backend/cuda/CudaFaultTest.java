package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.kneepoint.backend.cuda.DoubleConfig.Device;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong in the driver ends in one exception, leaves nothing behind, and does not stop the next run. */
@RequiresCompiler({"g++", "gcc", "nm"})
class CudaFaultTest {
    private static final int UNKNOWN = 999;
    private static final int ILLEGAL_ADDRESS = 700;
    private static final int LAUNCH_FAILED = 719;

    /** Calls that give something back: what they refuse to take stays. */
    private static final Set<String> GIVING_BACK = Set.of(
            "cuMemFree",
            "cuMemFreeAsync",
            "cuEventDestroy",
            "cuStreamDestroy",
            "cuModuleUnload",
            "cuGraphExecDestroy",
            "cuGraphDestroy",
            "cuCtxDisablePeerAccess",
            "cuDevicePrimaryCtxRelease");

    /** What cuBLAS has of a lost device goes with it, and its double knows nothing of devices. */
    @AfterEach
    void forgetLostDevices() {
        DoubleControls cublas = DoubleControls.cublas();
        cublas.forget(cublas.handles());
    }

    private static CudaDouble machine(int devices) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(devices));
        driver.idle(true);
        return driver;
    }

    /** How often each function is called from opening to closing. */
    private static Map<String, Long> calls(int devices, StepPlan plan, String... options) {
        CudaDouble driver = machine(devices);
        Runs.whole(plan, options);
        Map<String, Long> out = new TreeMap<>();
        driver.counts().forEach((name, count) -> out.put(name.replaceFirst("_v\\d$", ""), count));
        // These are called by cuBLAS's double, whose own failures are tested apart.
        out.keySet().removeIf(name -> name.startsWith("double_") || name.equals("cuCtxGetCurrent"));
        return out;
    }

    /** One of a function's calls fails. */
    private static void failing(int devices, StepPlan plan, String function, int nth, String... options) {
        CudaDouble driver = machine(devices);
        driver.failAt(function, nth, UNKNOWN);
        Throwable thrown = catchThrowable(() -> Runs.whole(plan, options));
        String what = function + " " + nth;
        if (thrown == null) {
            // Polls are as many as they are, and a failure is told in fewer words without its text.
            long called =
                    driver.calls().stream().filter(c -> c.startsWith(function)).count();
            assertThat(function.equals("cuGetErrorString") || called < nth)
                    .as(what)
                    .isTrue();
            return;
        }
        assertThat(thrown).as(what).isInstanceOf(BackendException.class);
        assertThat(thrown).as(what).hasMessageContaining("CUDA_ERROR_UNKNOWN (999)");
        assertThat(thrown).as(what).hasMessageContaining(function);
        assertThat(driver.violations()).as(what).isEmpty();
        if (!GIVING_BACK.contains(function)) {
            assertThat(driver.leaks()).as(what).isEmpty();
            assertThat(Runs.whole(plan, options).steps().median().value())
                    .as(what)
                    .isPositive();
        }
    }

    private static void firstMiddleAndLast(Map<String, Long> calls, int devices, StepPlan plan, String... options) {
        calls.forEach((function, count) -> {
            for (long nth : new TreeSet<>(List.of(1L, 1 + count / 2, count))) {
                failing(devices, plan, function, (int) nth, options);
            }
        });
    }

    @Test
    void firstMiddleAndLastCallOfEachFunction() {
        StepPlan plan = Runs.plan("fsdp", 2, Precision.BF16);
        Map<String, Long> calls = calls(2, plan);
        assertThat(calls).containsKeys("cuLaunchKernel", "cuMemAlloc", "cuStreamWaitEvent", "cuEventElapsedTime");
        firstMiddleAndLast(calls, 2, plan);
    }

    @Test
    void firstMiddleAndLastCallOfEachFunction_withGraphs() {
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        String[] options = {"cuda.graphs", "on", "cuda.cublas", "off"};
        Map<String, Long> calls = calls(1, plan, options);
        assertThat(calls)
                .containsKeys(
                        "cuStreamBeginCapture",
                        "cuStreamEndCapture",
                        "cuGraphGetNodes",
                        "cuGraphInstantiateWithFlags",
                        "cuGraphLaunch",
                        "cuGraphExecDestroy",
                        "cuGraphDestroy");
        firstMiddleAndLast(calls, 1, plan, options);
    }

    /** Every one of them, on one device. */
    @Test
    @Tag("long")
    void everyCall() {
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        calls(1, plan).forEach((function, count) -> {
            for (int nth = 1; nth <= count; nth++) {
                failing(1, plan, function, nth);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20})
    void kernelThatFails_losesTheDevice_andTheNextBackendHasItAgain(int nth) {
        CudaDouble driver = machine(1);
        StepPlan plan = Runs.plan("ddp,pp=2", 2, Precision.BF16);
        try (Backend backend = Runs.open()) {
            Runs.run(backend, plan);
            driver.failKernel(nth, LAUNCH_FAILED);
            assertThatThrownBy(() -> Runs.run(backend, plan))
                    .isInstanceOfSatisfying(CudaException.class, e -> {
                        assertThat(e.code()).isEqualTo(LAUNCH_FAILED);
                        assertThat(e.isDeviceLost()).isTrue();
                        assertThat(e.rank()).isPresent();
                        assertThat(e.device()).contains("device 0 'Double A100'");
                    })
                    .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED (719)")
                    .hasMessageContaining("the device is lost: close the backend and open it again");
            assertThatThrownBy(() -> Runs.run(backend, plan))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("the device is lost");
        }
        assertThat(driver.violations()).isEmpty();
        assertThat(driver.leaks()).isEmpty();
        assertThat(Runs.whole(plan).steps().median().value()).isPositive();
    }

    @Test
    void deviceThatStaysLost_saysSoWhenItIsOpenedAgain() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1).stayingLost());
        StepPlan plan = Runs.plan("ddp", 1, Precision.FP32);
        driver.failKernel(3, ILLEGAL_ADDRESS);
        assertThatThrownBy(() -> Runs.whole(plan)).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
        assertThatThrownBy(() -> Runs.whole(plan)).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
    }

    @Test
    @Timeout(60)
    void deviceThatHangs_endsTheRunAfterTheTimeout() {
        CudaDouble driver = machine(1);
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        Backend backend = Runs.open("cuda.timeout", "PT1S");
        Runs.run(backend, plan);
        driver.stall(30);
        assertThatThrownBy(() -> Runs.run(backend, plan))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("the device has not come to an end for 1 s")
                .hasMessageContaining("the device is lost");
        backend.close();
        driver.release();
    }

    @Test
    void planThatDoesNotFit_isRefusedWithNeedAndWhatFits() {
        CudaDouble.reset(DoubleConfig.of(Device.A100.withBytes(300_000)));
        StepPlan plan = Runs.plan("ddp", 1, Precision.FP32);
        try (Backend backend = Runs.open("cuda.cublas", "off")) {
            assertThatThrownBy(() -> Runs.run(backend, plan))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageContaining("device 'Double A100'")
                    .hasMessageContaining("micro-batch");
        }
    }

    @ParameterizedTest
    @CsvSource({"true, cuMemAllocAsync", "false, cuMemAlloc"})
    void memoryThatRunsOut_saysWhatWasAskedAndWhatIsFree(boolean pools, String function) {
        DoubleConfig config = DoubleConfig.of(1);
        CudaDouble driver = CudaDouble.reset(pools ? config : config.withoutPools());
        driver.idle(true);
        StepPlan plan = Runs.plan("ddp", 1, Precision.FP32);
        driver.failAt(function, 4, DriverStatus.OUT_OF_MEMORY);
        assertThatThrownBy(() -> Runs.whole(plan))
                .isInstanceOfSatisfying(
                        CudaException.class, e -> assertThat(e.isDeviceLost()).isFalse())
                .hasMessageContaining(function + " of ")
                .hasMessageContaining("(device 0 'Double A100' has 85.9 GB free of 85.9 GB)")
                .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY (2)");
        assertThat(driver.leaks()).isEmpty();
    }

    @Test
    void cublasThatFails_namesTheOp() {
        machine(1);
        DoubleControls.cublas().fail("cublasGemmEx", 3, CublasStatus.NOT_SUPPORTED);
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        try (Backend backend = Runs.open()) {
            assertThatThrownBy(() -> Runs.run(backend, plan))
                    .isInstanceOfSatisfying(CudaException.class, e -> {
                        assertThat(e.library()).isEqualTo("cuBLAS");
                        assertThat(e.op()).isPresent();
                    })
                    .hasMessageContaining("CUBLAS_STATUS_NOT_SUPPORTED (15)");
            assertThat(Runs.run(backend, plan).steps().median().value()).isPositive();
        }
    }
}
