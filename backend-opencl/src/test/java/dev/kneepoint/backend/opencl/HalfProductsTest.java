package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.testkit.TinyPlans;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels need no extension, so a device that lacks it can be seen as one that has it, and the other way round. */
@RequiresOpenCl
class HalfProductsTest {
    private static final ClKernels.Factory KERNELS = d -> TunedKernels.open(d, KernelOptions.standard());
    private static final Map<String, String> WHOLE = Map.of("opencl.cores", "all");

    private static StepPlan plan(Precision precision, int ranks) {
        StepPlan plan = TinyPlans.of("ddp", ranks, ranks);
        Scenario s = plan.scenario();
        TrainingWorkload w = s.workload();
        return PlanCompiler.compile(
                new Scenario(
                        new TrainingWorkload(
                                w.model(),
                                w.sequenceLength(),
                                w.globalBatch(),
                                precision,
                                w.recompute(),
                                w.optimizer()),
                        s.cluster(),
                        s.hardware(),
                        s.stack()),
                plan.layout());
    }

    private static Stream<Op.Matmul> products(StepPlan plan) {
        return plan.programs().getFirst().segments().stream()
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream())
                .filter(Op.Matmul.class::isInstance)
                .map(Op.Matmul.class::cast);
    }

    private static ClDiscovery.Found seen(boolean half, long bytes) {
        ClDiscovery.Found found = ClDiscovery.devices().getFirst();
        ClDeviceInfo i = found.info();
        ClDeviceInfo info = new ClDeviceInfo(
                i.platform(),
                i.name(),
                i.type(),
                i.driver(),
                i.version(),
                i.computeUnits(),
                bytes,
                i.allocationBytes(),
                i.localBytes(),
                i.workGroup(),
                i.hostMemory(),
                half);
        return new ClDiscovery.Found(info, found.platform(), found.id());
    }

    private static OpenClBackend open(ClKernels.Factory kernels, boolean... halves) {
        List<ClDiscovery.Found> devices = new ArrayList<>();
        for (boolean half : halves) {
            devices.add(seen(half, Long.MAX_VALUE));
        }
        return OpenClBackend.open(OpenClOptions.of(WHOLE), devices, kernels);
    }

    private static RankSizes sizes(StepPlan plan, boolean half, ClKernels kernels) {
        return RankSizes.of(
                plan, plan.programs().getFirst(), seen(half, Long.MAX_VALUE).info(), kernels, true);
    }

    /** Kernels that tell their name before they are enqueued. */
    private static ClKernels.Factory telling(Consumer<String> name) {
        return device -> {
            ClKernels real = KERNELS.open(device);
            return (ClKernels) Proxy.newProxyInstance(
                    ClKernels.class.getClassLoader(), new Class<?>[] {ClKernels.class}, (proxy, method, arguments) -> {
                        name.accept(method.getName());
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, true, matmul, ''",
        "FP16, true, matmulHalf, only-products-in-fp16",
        "FP16, false, matmul, computed-in-fp32",
        "BF16, true, matmul, computed-in-fp32",
        "FP8, true, matmul, computed-in-fp32"
    })
    void format_decidesWhatProductsTake(Precision precision, boolean half, String kernel, String flag) {
        Set<String> called = ConcurrentHashMap.newKeySet();
        try (OpenClBackend backend = open(telling(called::add), half)) {
            Set<String> flags =
                    backend.execute(ExecutionRequest.of(plan(precision, 1))).flags();

            assertThat(flags).isEqualTo(flag.isEmpty() ? Set.of() : Set.of(flag));
            called.retainAll(Set.of("matmul", "matmulHalf"));
            assertThat(called).containsExactly(kernel);
        }
    }

    @Test
    void ranksOnDifferentDevices_areFlaggedForBoth() {
        try (OpenClBackend backend = open(KERNELS, true, false)) {
            assertThat(backend.execute(ExecutionRequest.of(plan(Precision.FP16, 2)))
                            .flags())
                    .contains("only-products-in-fp16", "computed-in-fp32");
            assertThat(backend.execute(ExecutionRequest.of(plan(Precision.FP16, 1)))
                            .flags())
                    .containsExactly("only-products-in-fp16");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"toHalf", "matmulHalf"})
    void failingKernel_endsTheRunWithItsOp_andTheBackendWorksAgain(String kernel) {
        AtomicInteger calls = new AtomicInteger();
        Consumer<String> failing = name -> {
            if (name.equals(kernel) && calls.incrementAndGet() == 4) {
                throw OpenClException.of("clEnqueueNDRangeKernel of " + name, -5, "CL_OUT_OF_RESOURCES");
            }
        };
        try (OpenClBackend backend = open(telling(failing), true)) {
            ExecutionRequest request = ExecutionRequest.of(plan(Precision.FP16, 1));
            assertThatThrownBy(() -> backend.execute(request))
                    .isInstanceOf(OpenClException.class)
                    .hasMessageMatching("rank 0, op '.+': clEnqueueNDRangeKernel of " + kernel + " failed.*");
            assertThat(backend.execute(request).flags()).containsExactly("only-products-in-fp16");
        }
    }

    /** To the rounding of their sums, which is far finer than that of the operands. */
    @Test
    void results_areThoseOfRoundedOperands() {
        StepPlan plan = plan(Precision.FP16, 1);
        try (ClSession session = ClSession.open(List.of(seen(true, Long.MAX_VALUE)), 0, KERNELS);
                Seats seats = new Seats(session)) {
            Seat seat = seats.seat(0);
            cl_command_queue queue = seat.queue(StreamKind.COMPUTE);
            RankSizes sizes = sizes(plan, true, seat.kernels());
            List<Op.Matmul> ops = new ArrayList<>();
            products(plan).filter(m -> !OpSizes.isWeightGradient(m)).findFirst().ifPresent(ops::add);
            products(plan).filter(OpSizes::isWeightGradient).findFirst().ifPresent(ops::add);
            assertThat(ops).hasSize(2);
            for (Op.Matmul op : ops) {
                try (RankArrays arrays = seats.arrays(0, sizes)) {
                    ClKernels.Product p = ComputeOps.product(op);
                    boolean gradient = OpSizes.isWeightGradient(op);
                    float[] a = Cl.read(queue, arrays.input(), p.left());
                    float[] b = Cl.read(queue, gradient ? arrays.output() : arrays.weights(), p.right());
                    ComputeOps compute = new ComputeOps(seat, arrays, sizes.sizes());
                    Cl.release(List.of(compute.enqueue(op, ClKernels.NOTHING)));
                    cl_mem result = gradient ? arrays.handOver(new ArrayList<>()) : arrays.input();
                    check(op.name(), p, rounded(a), rounded(b), Cl.read(queue, result, p.result()));
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

    private static void check(String name, ClKernels.Product p, float[] a, float[] b, float[] got) {
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
        StepPlan plan = plan(Precision.FP16, 1);
        double need;
        try (ClSession session = ClSession.open(List.of(seen(true, Long.MAX_VALUE)), 0, KERNELS)) {
            need = sizes(plan, true, session.kernels(0)).bytes();
            double single = sizes(plan, false, session.kernels(0)).bytes();
            double left = most(plan, m -> m.count() * m.rows() * m.inner());
            double right = most(plan, m -> m.count() * m.inner() * m.columns());
            assertThat(need - single).isCloseTo(2 * (left + right), within(4.0));
        }
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
        try (OpenClBackend backend = OpenClBackend.open(OpenClOptions.of(WHOLE), List.of(seen(half, bytes)), KERNELS)) {
            assertThat(backend.execute(ExecutionRequest.of(plan)).timeline().ranks())
                    .hasSize(1);
        }
    }
}
