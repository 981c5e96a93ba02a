package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.cuda.DoubleConfig.Device;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.Precision;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code cuda.graphs=on}, a run says what its step costs by launches and as a graph. */
@RequiresCompiler({"g++", "gcc", "nm"})
class GraphReplayTest {
    private static final String LAUNCHES = "step by launches";
    private static final String REPLAY = "step by graph replay";
    private static final String TIMES = "\\d+\\.\\d us on the device, \\d+\\.\\d us on the host, ";
    private static final String[] ON = {"cuda.graphs", "on"};

    /** A run after which nothing is wrong or left, on kernels that do nothing. */
    private static ExecutionResult run(DoubleConfig machine, StepPlan plan, String... options) {
        CudaDouble driver = CudaDouble.reset(machine);
        driver.idle(true);
        ExecutionResult result = Runs.whole(plan, options);
        Machine.isClean(driver);
        assertThat(DoubleControls.cublas().handles()).isZero();
        assertThat(DoubleControls.cublas().commands()).isZero();
        assertThat(DoubleControls.cublasLt().handles()).isZero();
        assertThat(DoubleControls.cublasLt().commands()).isZero();
        return result;
    }

    private static int commands(ExecutionResult result) {
        return Integer.parseInt(result.origin().get(REPLAY).replaceAll(".* (\\d+) commands in a graph.*", "$1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"FP32", "BF16", "FP16"})
    void pair_standsInTheOrigin(Precision precision) {
        StepPlan plan = Runs.plan("ddp", 1, precision);
        ExecutionResult result = run(DoubleConfig.of(1), plan, ON);
        assertThat(result.origin().get(LAUNCHES)).matches(TIMES + "[1-9]\\d* ops of compute");
        assertThat(result.origin().get(REPLAY)).matches(TIMES + "[1-9]\\d* commands in a graph");
        assertThat(result.flags()).isEqualTo(run(DoubleConfig.of(1), plan).flags());
    }

    @Test
    void castsAndProductsInFp8_areReplayedToo() {
        StepPlan plan = Runs.plan("ddp", 1, Precision.FP8);
        ExecutionResult fp8 = run(Runs.HOPPER, plan, ON);
        ExecutionResult bf16 = run(DoubleConfig.of(1), plan, ON);
        // A product is a search and a cast for each operand, and what cuBLASLt does.
        assertThat(commands(fp8)).isGreaterThan(commands(bf16));
    }

    @Test
    void byDefault_nothingIsCapturedOrSaid() {
        StepPlan plan = Runs.plan("ddp", 1, Precision.BF16);
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        driver.idle(true);
        ExecutionResult result = Runs.whole(plan);
        assertThat(result.origin()).doesNotContainKeys(LAUNCHES, REPLAY);
        Map<String, Long> counts = driver.counts();
        assertThat(counts.keySet()).noneMatch(f -> f.contains("Graph") || f.contains("Captur"));
        assertThat(run(DoubleConfig.of(1), plan, "cuda.graphs", "off").origin()).isEqualTo(result.origin());
    }

    @ParameterizedTest
    @CsvSource({"11020, 11.2", "11030, 11.3"})
    void driverWithoutGraphs_isTheAnswer(int version, String text) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1).withDriver(version));
        driver.idle(true);
        ExecutionResult result = Runs.whole(Runs.plan("ddp", 1, Precision.BF16), ON);
        assertThat(result.origin())
                .doesNotContainKey(LAUNCHES)
                .containsEntry(
                        REPLAY, "not measured: the driver is made for CUDA " + text + "; graphs need one for 11.4");
        assertThat(driver.counts().keySet()).noneMatch(f -> f.contains("Graph") || f.contains("Captur"));
    }

    @Test
    void oldestDriverWithGraphs_hasThePair() {
        ExecutionResult result = run(DoubleConfig.of(1).withDriver(11_040), Runs.plan("ddp", 1, Precision.BF16), ON);
        assertThat(result.origin()).containsKeys(LAUNCHES, REPLAY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"ddp; true", "fsdp; false", "ddp,tp=2; true"})
    void devices_areMeasuredOneByOne(String strategy, boolean peers) {
        DoubleConfig machine = DoubleConfig.of(2);
        ExecutionResult result =
                run(peers ? machine : machine.withoutPeers(), Runs.plan(strategy, 2, Precision.BF16), ON);
        assertThat(result.origin().get(LAUNCHES)).matches(TIMES + "[1-9]\\d* ops of compute");
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "one-per-stage"})
    void stages_areMeasuredOneByOne_andTheSlowestIsTold(String ranks) {
        DoubleConfig machine = DoubleConfig.of(Device.A100, Device.A100);
        ExecutionResult result =
                run(machine, Runs.plan("ddp,pp=2", 2, Precision.BF16), "cuda.graphs", "on", "cuda.ranks", ranks);
        assertThat(result.origin().get(LAUNCHES)).matches(TIMES + "\\d+ ops of compute, stage [01] of 0 to 1");
        assertThat(result.origin().get(REPLAY)).matches(TIMES + "\\d+ commands in a graph, stage [01] of 0 to 1");
    }

    @Test
    void stepThatMayOutlastTheTimeout_isSaid() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        ExecutionResult result =
                Runs.whole(Runs.plan("ddp", 1, Precision.BF16), "cuda.graphs", "on", "cuda.timeout", "PT0.001S");
        assertThat(result.origin().get(REPLAY)).startsWith("not measured: a step takes ");
        Machine.isClean(driver);
    }

    @Test
    void runs_followEachOther() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1).with(DoubleConfig.Order.HASTY));
        try (Backend backend = Runs.open(ON)) {
            for (String strategy : new String[] {"ddp", "fsdp", "ddp"}) {
                assertThat(Runs.run(backend, Runs.plan(strategy, 1, Precision.BF16))
                                .origin())
                        .containsKeys(LAUNCHES, REPLAY);
            }
        }
        Machine.isClean(driver);
    }

    @Test
    void otherWord_isRefused() {
        CudaDouble.reset(DoubleConfig.of(1));
        assertThatThrownBy(() -> Runs.open("cuda.graphs", "yes"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cuda.graphs is one of [off, on], not 'yes'");
    }
}
