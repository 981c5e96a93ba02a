package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Plans of eight bits on devices that have them for products. */
class QuantisedProductsTest {
    private static final NumberFormats EIGHT = new NumberFormats(DataType.BF16, DataType.E4M3);
    private static final NumberFormats SIXTEEN = NumberFormats.of(DataType.BF16);

    private static StepPlan plan(String strategy, int devices) {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, strategy, devices, devices);
        Scenario s = plan.scenario();
        TrainingWorkload w = s.workload();
        TrainingWorkload eight = new TrainingWorkload(
                w.model(), w.sequenceLength(), w.globalBatch(), Precision.FP8, w.recompute(), w.optimizer());
        return PlanCompiler.compile(new Scenario(eight, s.cluster(), s.hardware(), s.stack()), plan.layout());
    }

    private static Stream<Op> ops(StepPlan plan) {
        return plan.programs().getFirst().segments().stream()
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream());
    }

    private static Stream<Op.Matmul> quantised(StepPlan plan) {
        return ops(plan)
                .filter(Op.Matmul.class::isInstance)
                .map(Op.Matmul.class::cast)
                .filter(Op.Matmul::quantised);
    }

    private static DeviceEngine engine(HostDevices devices, boolean alone) {
        return new DeviceEngine(devices, new EngineOptions("host", PlanSample.whole(), alone, Duration.ofSeconds(30)));
    }

    private static HostDevices devices(NumberFormats formats, long bytes) {
        return new HostDevices(1, true, formats, bytes, 1);
    }

    @Test
    void onlyWhatThePlanQuantises_isRounded() {
        StepPlan plan = plan("ddp", 1);
        assertThat(ops(plan)).anyMatch(op -> op instanceof Op.Matmul m && !m.quantised());
        assertThat(ops(plan)).anyMatch(op -> op instanceof Op.Matmul m && m.quantised());
        ops(plan)
                .filter(Op.Matmul.class::isInstance)
                .map(Op.Matmul.class::cast)
                .forEach(m -> assertThat(EIGHT.rounds(m)).as(m.name()).isEqualTo(m.quantised()));
    }

    /** What comes from the layer's output is the left operand of inputs' gradients and the right one of weights'. */
    @Test
    void gradientsAreToldFromTheRest() {
        Map<String, Gradient> found = new TreeMap<>();
        quantised(plan("ddp", 1))
                .forEach(m -> found.put(m.name(), ComputeOps.product(m).gradient()));
        assertThat(found)
                .containsEntry("qkv", Gradient.NONE)
                .containsEntry("qkv-dgrad", Gradient.LEFT)
                .containsEntry("qkv-wgrad", Gradient.RIGHT)
                .containsEntry("ffn-down-dgrad", Gradient.LEFT)
                .containsEntry("ffn-down-wgrad", Gradient.RIGHT);
        assertThat(found.values().stream().filter(g -> g == Gradient.NONE).count())
                .isEqualTo(found.size() / 3);
    }

    @Test
    void products_areCountedForEveryRank() {
        StepPlan plan = plan("ddp", 2);
        int each = (int) quantised(plan).count();
        assertThat(count(plan, EIGHT, false)).isEqualTo(new QuantisedProducts(2 * each, ImmutableSortedMap.of()));
        QuantisedProducts sixteen = count(plan, SIXTEEN, false);
        assertThat(sixteen.rounded()).isZero();
        assertThat(sixteen.kept()).isEqualTo(2 * each);
        assertThat(sixteen.why()).isEqualTo(2 * each + " on devices without the format");
        assertThat(count(plan, EIGHT, true)).isEqualTo(new QuantisedProducts(each, ImmutableSortedMap.of()));
    }

    private static QuantisedProducts count(StepPlan plan, NumberFormats formats, boolean alone) {
        try (DeviceEngine engine = engine(devices(formats, Long.MAX_VALUE), alone)) {
            return engine.quantised(plan);
        }
    }

    /** A command for each product and its two casts, none for the casts that the plan has beside them. */
    @Test
    void casts_areNotMadeTwice() {
        StepPlan plan = plan("ddp", 1);
        assertThat(ops(plan)).anyMatch(op -> op instanceof Op.MemoryBound m && m.kind() == MemoryKind.CAST);
        assertThat(history(plan, SIXTEEN)).contains("quantise").doesNotContain("convert");
        assertThat(history(plan, EIGHT)).contains("convert").doesNotContain("quantise");
    }

    private static String history(StepPlan plan, NumberFormats formats) {
        HostDevices devices = devices(formats, Long.MAX_VALUE);
        try (DeviceEngine engine = engine(devices, false)) {
            List<Timeline> timelines = engine.run(ExecutionRequest.of(plan));
            assertThat(timelines.getFirst().ranks().stream()
                            .mapToInt(RankTimeline::ranks)
                            .sum())
                    .isEqualTo(1);
        }
        return String.join("\n", devices.histories());
    }

    @Test
    void roundedOperands_countOneByteEach() {
        StepPlan plan = plan("ddp", 1);
        double need = sizes(plan, EIGHT).bytes();
        double left = most(plan, m -> m.count() * m.rows() * m.inner());
        double right = most(plan, m -> m.count() * m.inner() * m.columns());
        assertThat(need - sizes(plan, SIXTEEN).bytes()).isCloseTo(left + right, within(2.0));
        try (DeviceEngine engine = engine(devices(EIGHT, (long) need - 1), false)) {
            assertThatThrownBy(() -> engine.run(ExecutionRequest.of(plan)))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageContaining("micro-batch");
        }
        try (DeviceEngine engine = engine(devices(EIGHT, (long) need), false)) {
            assertThat(engine.run(ExecutionRequest.of(plan))).isNotEmpty();
        }
    }

    private static RankSizes sizes(StepPlan plan, NumberFormats formats) {
        HostDevices devices = devices(formats, Long.MAX_VALUE);
        return RankSizes.of(plan, plan.programs().getFirst(), devices.device(0), devices.kernels(0), true);
    }

    private static double most(StepPlan plan, ToDoubleFunction<Op.Matmul> elements) {
        return quantised(plan).mapToDouble(elements).max().orElseThrow();
    }
}
