package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.RankFailedException;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.testkit.TinyPlans;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

@RequiresOpenCl
class OpenClBackendTest {
    private static final KernelFactory KERNELS = d -> TunedKernels.open(d, KernelOptions.standard());

    private static OpenClBackend open(Map<String, String> options) {
        return open(options, i -> i, KERNELS);
    }

    private static OpenClBackend open(
            Map<String, String> options, UnaryOperator<ClDeviceInfo> seenAs, KernelFactory kernels) {
        List<ClDiscovery.Found> devices = ClDiscovery.devices().stream()
                .limit(1)
                .map(f -> new ClDiscovery.Found(seenAs.apply(f.info()), f.platform(), f.id()))
                .toList();
        return OpenClBackend.open(OpenClOptions.of(options), devices, kernels);
    }

    private static ClDeviceInfo with(ClDeviceInfo i, ClDeviceType type, long globalBytes, boolean hostMemory) {
        return new ClDeviceInfo(
                i.platform(),
                i.name(),
                type,
                i.driver(),
                i.version(),
                i.computeUnits(),
                globalBytes,
                i.allocationBytes(),
                i.localBytes(),
                i.workGroup(),
                hostMemory,
                i.half());
    }

    /** Kernels whose op of a name fails at the n-th call. */
    private static KernelFactory failing(String op, int call) {
        AtomicInteger calls = new AtomicInteger();
        return device -> {
            DeviceKernels real = KERNELS.open(device);
            return (DeviceKernels) Proxy.newProxyInstance(
                    DeviceKernels.class.getClassLoader(),
                    new Class<?>[] {DeviceKernels.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals(op) && calls.incrementAndGet() == call) {
                            throw OpenClException.of("clEnqueueNDRangeKernel of " + op, -5, "CL_OUT_OF_RESOURCES");
                        }
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    @Test
    void failingKernel_endsTheRunWithRankAndOp_andTheBackendWorksAgain() {
        try (OpenClBackend backend = open(Map.of(), i -> i, failing("attention", 7))) {
            OpenClException e = catchThrowableOfType(
                    OpenClException.class, () -> backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 2, 2))));

            assertThat(e)
                    .hasMessageMatching("rank [01], op 'attention': clEnqueueNDRangeKernel of attention failed"
                            + " with CL_OUT_OF_RESOURCES \\(-5\\)");
            assertThat(e.code()).isEqualTo(-5);
            assertThat(e.error()).isEqualTo("CL_OUT_OF_RESOURCES");
            assertThat(e.rank()).isPresent();
            assertThat(e.op()).contains("attention");
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(t -> t.getName().startsWith("kneepoint-opencl"));
            assertThat(backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 2, 2)))
                            .timeline()
                            .ranks())
                    .hasSize(2);
        }
    }

    @Test
    void failingCollective_endsTheRun() {
        for (String strategy : List.of("ddp", "fsdp", "fsdp,tp=2")) {
            try (OpenClBackend backend = open(Map.of(), i -> i, failing("add", 2))) {
                assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(TinyPlans.of(strategy, 2, 2))))
                        .as(strategy)
                        .isInstanceOf(OpenClException.class)
                        .hasMessageMatching("rank [01], op '.+': clEnqueueNDRangeKernel of add failed.*");
            }
        }
    }

    @Test
    void planThatNeedsMoreThanTheDevice_isRefusedWithTheLargestMicroBatchThatFits() {
        UnaryOperator<ClDeviceInfo> small = i -> with(i, i.type(), 1 << 21, i.hostMemory());
        try (OpenClBackend backend = open(Map.of(), small, KERNELS)) {
            assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(TinyPlans.of("ddp,mb=64", 1, 64))))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageMatching(
                            "micro-batch 64: the buffers of 1 of its ranks take .+B, device '.+' has 2\\.10? MB;"
                                    + " the largest micro-batch that fits is (1|2|4|8|16)");
            assertThat(backend.execute(ExecutionRequest.of(TinyPlans.of("ddp,mb=1", 1, 64)))
                            .steps()
                            .samples())
                    .isEqualTo(1);
        }
        UnaryOperator<ClDeviceInfo> tiny = i -> with(i, i.type(), 1 << 10, i.hostMemory());
        try (OpenClBackend backend = open(Map.of(), tiny, KERNELS)) {
            assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(TinyPlans.of("ddp,mb=2", 1, 2))))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageContaining("no smaller micro-batch fits");
        }
    }

    @Test
    void deviceWithItsOwnMemory_sumsThroughStaging() {
        UnaryOperator<ClDeviceInfo> gpu = i -> with(i, ClDeviceType.GPU, i.globalBytes(), false);
        try (OpenClBackend backend = open(Map.of(), gpu, KERNELS)) {
            for (String strategy : List.of("ddp", "zero1", "fsdp", "fsdp,tp=2", "ddp,pp=2")) {
                assertThat(backend.execute(ExecutionRequest.of(TinyPlans.of(strategy, 4, 8)))
                                .timeline()
                                .ranks())
                        .as(strategy)
                        .hasSize(4);
            }
            sums(backend, 3, (2 << 20) + 17);
            sums(backend, 8, 1003);
        }
    }

    private static void sums(OpenClBackend backend, int ranks, int length) {
        Random random = new Random(ranks);
        float[][] inputs = new float[ranks][length];
        double[] expected = new double[length];
        for (float[] input : inputs) {
            for (int i = 0; i < length; i++) {
                input[i] = random.nextFloat() - 0.5f;
                expected[i] += input[i];
            }
        }
        float[][] got = backend.numerics().orElseThrow().collective(CollectiveKind.ALL_REDUCE, inputs);
        for (float[] one : got) {
            assertThat(one).isEqualTo(got[0]);
        }
        double worst = 0;
        for (int i = 0; i < length; i++) {
            worst = Math.max(worst, Math.abs(got[0][i] - expected[i]));
        }
        assertThat(worst).as("seed " + ranks).isLessThan(ranks * 0x1p-23);
    }

    @Test
    void sample_isMarkedAndStandsForAllRanks() {
        ExecutionRequest request = ExecutionRequest.of(TinyPlans.of("ddp,pp=2,mb=1", 2, 8));
        try (OpenClBackend backend = open(Map.of("opencl.layers", "1", "opencl.micro-batches", "2"))) {
            ExecutionResult result = backend.execute(request);

            assertThat(result.provenance()).isEqualTo(Provenance.EXTRAPOLATED);
            assertThat(result.flags()).contains("sampled", "computed-in-fp32");
            assertThat(result.timeline().ranks().stream()
                            .mapToInt(RankTimeline::ranks)
                            .sum())
                    .isEqualTo(2);
            double step = result.timeline().step().value();
            for (RankTimeline rank : result.timeline().ranks()) {
                assertThat(rank.parts().total()).isCloseTo(step, within(1e-9));
            }
        }
    }

    @Test
    void moreRanksThanDevices_areFlagged() {
        try (OpenClBackend backend = open(Map.of("opencl.cores", "all"))) {
            assertThat(backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 1, 4)))
                            .flags())
                    .doesNotContain("oversubscribed");
            assertThat(backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 4, 4)))
                            .flags())
                    .contains("oversubscribed");
        }
    }

    @Test
    void launchCost_isMeasured() {
        try (OpenClBackend backend = open(Map.of())) {
            ExecutionResult result = backend.execute(new ExecutionRequest(
                    TinyPlans.of("ddp", 1, 1), 2, 3, true, Optional.empty(), CancellationToken.none()));

            RankTimeline rank = result.timeline().ranks().getFirst();
            assertThat(rank.parts().launch()).isPositive();
            assertThat(rank.spans()).isNotEmpty();
            assertThat(result.origin()).containsKeys("device", "driver", "platform", "opencl");
        }
    }

    /** Gradients of the first layers to be done travel while the others are still computed. */
    @Test
    void reductions_runBesideCompute() {
        try (OpenClBackend backend = open(Map.of("opencl.cores", "all"))) {
            ExecutionResult result = backend.execute(new ExecutionRequest(
                    TinyPlans.of("ddp", 2, 2), 2, 1, true, Optional.empty(), CancellationToken.none()));

            List<Span> spans = result.timeline().ranks().getFirst().spans();
            Span reduction = spans.stream()
                    .filter(s -> s.stream().equals(StreamKind.GRADIENT.label()))
                    .findFirst()
                    .orElseThrow();
            long computedAfter = spans.stream()
                    .filter(s -> s.compute()
                            && s.startPicos() >= reduction.endPicos()
                            && s.name().endsWith("-wgrad"))
                    .count();
            assertThat(computedAfter).isPositive();
        }
    }

    @Test
    void rankThatIssuesNothing_isNamedAfterTheTimeout() {
        KernelFactory stuck = slowOnce("attention", 600);
        try (OpenClBackend backend = open(Map.of("opencl.timeout", "PT0.1S"), i -> i, stuck)) {
            assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 2, 2))))
                    .isInstanceOf(RankFailedException.class)
                    .hasMessageMatching(
                            "rank [01], op 'attention': has issued nothing for 100 ms and holds up rank [01].*"
                                    + "opencl\\.timeout.*");
        }
    }

    /** Kernels of which a call takes its time on the host, as a driver that hangs for a while does. */
    private static KernelFactory slowOnce(String op, long millis) {
        AtomicInteger calls = new AtomicInteger();
        return device -> {
            DeviceKernels real = KERNELS.open(device);
            return (DeviceKernels) Proxy.newProxyInstance(
                    DeviceKernels.class.getClassLoader(),
                    new Class<?>[] {DeviceKernels.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals(op) && calls.incrementAndGet() == 1) {
                            TimeUnit.MILLISECONDS.sleep(millis);
                        }
                        return method.invoke(real, arguments);
                    });
        };
    }

    @Test
    void executions_leaveNoBufferBehind() {
        try (OpenClBackend backend = open(Map.of())) {
            ExecutionRequest small = ExecutionRequest.of(TinyPlans.of("fsdp", 2, 2));
            backend.execute(small);
            int held = backend.buffers();
            for (int i = 0; i < 20; i++) {
                backend.execute(ExecutionRequest.of(TinyPlans.of("fsdp,tp=2", 4, 8)));
                backend.execute(small);
            }
            assertThat(backend.buffers()).isEqualTo(held);
        }
    }

    @Test
    void closedBackend_refuses() {
        OpenClBackend backend = open(Map.of());
        backend.close();
        backend.close();
        assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(TinyPlans.of("ddp", 1, 1))))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("closed");
    }
}
