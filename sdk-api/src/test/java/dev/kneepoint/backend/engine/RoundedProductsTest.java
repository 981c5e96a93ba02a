package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RoundedProductsTest {
    private static StepPlan plan() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp", 1, 1);
        Scenario s = plan.scenario();
        TrainingWorkload w = s.workload();
        TrainingWorkload half = new TrainingWorkload(
                w.model(), w.sequenceLength(), w.globalBatch(), Precision.FP16, w.recompute(), w.optimizer());
        return PlanCompiler.compile(new Scenario(half, s.cluster(), s.hardware(), s.stack()), plan.layout());
    }

    private static Stream<Op.Matmul> products(StepPlan plan) {
        return plan.programs().getFirst().segments().stream()
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream())
                .filter(Op.Matmul.class::isInstance)
                .map(Op.Matmul.class::cast);
    }

    private static HostDevices devices(boolean half, long bytes) {
        NumberFormats formats = half ? new NumberFormats(DataType.FP32, DataType.FP16) : NumberFormats.SINGLE;
        return new HostDevices(1, true, formats, bytes, 1);
    }

    private static RankSizes sizes(StepPlan plan, HostDevices devices) {
        return RankSizes.of(plan, plan.programs().getFirst(), devices.device(0), devices.kernels(0), devices.direct());
    }

    /** To the rounding of their sums, which is far finer than that of the operands. */
    @Test
    void results_areThoseOfRoundedOperands() {
        StepPlan plan = plan();
        List<Op.Matmul> ops = new ArrayList<>();
        products(plan).filter(m -> !OpSizes.isWeightGradient(m)).findFirst().ifPresent(ops::add);
        products(plan).filter(OpSizes::isWeightGradient).findFirst().ifPresent(ops::add);
        assertThat(ops).hasSize(2);
        HostDevices devices = devices(true, Long.MAX_VALUE);
        try (Seats seats = new Seats(devices)) {
            Seat seat = seats.seat(0);
            DeviceQueue queue = seat.queue(StreamKind.COMPUTE);
            RankSizes sizes = sizes(plan, devices);
            for (Op.Matmul op : ops) {
                try (RankArrays arrays = seats.arrays(0, 0, sizes)) {
                    DeviceKernels.Product p = ComputeOps.product(op);
                    boolean gradient = OpSizes.isWeightGradient(op);
                    float[] a = queue.read(arrays.input(), p.left());
                    float[] b = queue.read(gradient ? arrays.output() : arrays.weights(), p.right());
                    ComputeOps compute = new ComputeOps(seat.kernels(), queue, arrays, sizes);
                    DeviceEvent.release(List.of(compute.enqueue(op, DeviceKernels.NOTHING)));
                    DeviceBuffer result = gradient ? arrays.handOver(new ArrayList<>()) : arrays.input();
                    check(op.name(), p, rounded(a), rounded(b), queue.read(result, p.result()));
                }
            }
        }
    }

    private static float[] rounded(float[] values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        assertThat(out).isNotEqualTo(values);
        return out;
    }

    private static void check(String name, DeviceKernels.Product p, float[] a, float[] b, float[] got) {
        for (int i = 0; i < got.length; i++) {
            int row = i / p.columns();
            int product = row / p.rows();
            double sum = 0;
            double size = 0;
            for (int k = 0; k < p.inner(); k++) {
                double term = (double) a[row * p.inner() + k]
                        * b[(product * p.inner() + k) * p.columns() + i % p.columns()]
                        * p.scale();
                sum += term;
                size += Math.abs(term);
            }
            assertThat((double) got[i])
                    .as("%s, element %d", name, i)
                    .isCloseTo(sum, within((p.inner() + 2) * 0x1p-24 * size));
        }
    }

    @Test
    void roundedOperands_countAsMemory() {
        StepPlan plan = plan();
        double need = sizes(plan, devices(true, 0)).bytes();
        double single = sizes(plan, devices(false, 0)).bytes();
        double left = most(plan, m -> m.count() * m.rows() * m.inner());
        double right = most(plan, m -> m.count() * m.inner() * m.columns());
        assertThat(need - single).isCloseTo(2 * (left + right), within(4.0));
        assertThatThrownBy(() -> run(plan, true, (long) need - 1))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("no smaller micro-batch fits");
        run(plan, true, (long) need);
        run(plan, false, (long) need - 1);
    }

    private static double most(StepPlan plan, ToDoubleFunction<Op.Matmul> elements) {
        return products(plan).mapToDouble(elements).max().orElseThrow();
    }

    private static void run(StepPlan plan, boolean half, long bytes) {
        EngineOptions options = new EngineOptions("host", PlanSample.whole(), false, Duration.ofSeconds(30));
        try (DeviceEngine engine = new DeviceEngine(devices(half, bytes), options)) {
            assertThat(engine.run(ExecutionRequest.of(plan))).isNotEmpty();
        }
    }
}
