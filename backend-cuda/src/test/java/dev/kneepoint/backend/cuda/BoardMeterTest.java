package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Energy, clocks and errors of the boards in a run's result. */
@RequiresCompiler({"g++", "gcc", "nm"})
class BoardMeterTest {
    private final DoubleControls controls = DoubleControls.nvml();
    private CudaDouble driver;

    @BeforeEach
    void start() {
        driver = CudaDouble.reset(DoubleConfig.of(1));
        controls.reset();
    }

    @AfterEach
    void nothingIsLeft() {
        Machine.isClean(driver);
        assertThat(controls.users()).isZero();
    }

    private static ExecutionResult run(String nvml) {
        List<CudaDeviceInfo> devices = CudaDiscovery.devices();
        try (Backend backend = CudaBackend.open(
                CudaOptions.of(Map.of()),
                devices,
                new LibraryLookup.Missing<>("not asked for"),
                NvmlLibrary.open(nvml))) {
            StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
            return backend.execute(ExecutionRequest.of(plan));
        }
    }

    private int board() {
        CudaDeviceInfo info = CudaDiscovery.devices().getFirst();
        return controls.add("0000:01:00.0", "GPU-" + info.uuid(), "Double A100", -1);
    }

    @Test
    void energy_isMeasured() {
        int board = board();
        controls.set(board, "power", 400_000);
        controls.set(board, "reasons", 0x4);
        controls.set(board, "temperature", 71);
        ExecutionResult result = run(NativeDoubles.nvml().toString());
        Energy energy = result.energy().orElseThrow();
        assertThat(energy.wattsPerDevice()).isCloseTo(400, within(1e-6));
        assertThat(energy.wattsPerDeviceWithNode()).isGreaterThanOrEqualTo(energy.wattsPerDevice());
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        double tokens = plan.scenario().workload().tokensPerStep();
        double joules = energy.wattsPerDevice() * result.steps().median().value() / tokens;
        assertThat(energy.joulesPerToken()).isCloseTo(joules, withinPercentage(1e-9));
        assertThat(result.flags()).contains("power-from-samples", "throttled");
        assertThat(result.origin())
                .containsEntry("highest temperature", "71 °C")
                .containsEntry("clocks held by", "software_power_cap")
                .containsKey("driver");
    }

    @Test
    void boardThatNvmlDoesNotKnow_isSaid() {
        ExecutionResult result = run(NativeDoubles.nvml().toString());
        assertThat(result.energy()).isEmpty();
        assertThat(result.origin().get("power")).startsWith("not measured: ").contains("NVML_ERROR_NOT_FOUND");
    }

    @Test
    void machineWithoutNvml_isSaid() {
        ExecutionResult result = run("libno-such-nvml.so.1");
        assertThat(result.energy()).isEmpty();
        assertThat(result.origin().get("power")).contains("libno-such-nvml.so.1 cannot be loaded");
    }
}
