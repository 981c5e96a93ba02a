package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans of real sizes on one GPU of 80 GB, whose kernels do nothing: sizes, positions and counts must hold them. */
@RequiresCompiler({"g++", "gcc", "nm"})
class LargePlansTest {
    private CudaDouble driver;

    @BeforeEach
    void start() {
        driver = CudaDouble.reset(DoubleConfig.of(new DoubleConfig.Device("Double H100", 80L << 30, 90, 132, false)));
        driver.idle(true);
    }

    private static StepPlan plan(String model, String strategy, int devices, int batch) {
        TrainingWorkload workload = new TrainingWorkload(
                ModelCatalog.resolve(model), 4096, batch, Precision.BF16, Recompute.NONE, Optimizer.ADAMW);
        Scenario scenario =
                Scenario.of(workload, ClusterCatalog.resolve("dgx-h100"), ProfileCatalog.resolveStack("torch-fsdp"));
        Feasibility layout = Layout.of(workload, ParallelismStrategy.parse(strategy), devices);
        assertThat(layout).isInstanceOf(Feasibility.Feasible.class);
        return PlanCompiler.compile(scenario, ((Feasibility.Feasible) layout).layout());
    }

    private static Backend open() {
        // The double of cuBLAS would multiply.
        return Runs.open(
                "cuda.cublas", "off", "cuda.ranks", "one-per-stage", "cuda.layers", "1", "cuda.micro-batches", "2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama2-7b | fsdp,mb=1 | 8 | 8",
                "llama2-7b | fsdp,mb=1 | 512 | 512",
                "llama2-7b | fsdp,tp=2,mb=1 | 64 | 64",
                "llama2-70b | fsdp,tp=8,mb=1 | 64 | 16",
                "llama2-70b | zero1,tp=8,pp=4,mb=1 | 64 | 32",
                "llama2-70b | fsdp,mb=1 | 2048 | 2048"
            })
    void oneGpu_measuresTheWorkOfOneDevice(String model, String strategy, int devices, int batch) {
        StepPlan plan = plan(model, strategy, devices, batch);
        try (Backend backend = open()) {
            ExecutionResult result = Runs.run(backend, plan);
            assertThat(result.provenance()).isEqualTo(Provenance.MIXED);
            assertThat(result.flags()).contains("communication-simulated", "sampled");
            assertThat(result.timeline().ranks()).hasSize(plan.programs().size());
        }
        Machine.isClean(driver);
    }

    @Test
    void whatOneDeviceCannotHold_isRefused() {
        StepPlan plan = plan("llama2-70b", "ddp,tp=8,mb=1", 64, 8);
        try (Backend backend = open()) {
            assertThatThrownBy(() -> Runs.run(backend, plan))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageContaining("device 'Double H100' ");
        }
        Machine.isClean(driver);
    }
}
