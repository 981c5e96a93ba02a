package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.testkit.TinyPlans;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels need no extension, so a device that lacks it can be seen as one that has it, and the other way round. */
@RequiresOpenCl
class HalfProductsTest {
    private static final KernelFactory KERNELS = d -> TunedKernels.open(d, KernelOptions.standard());
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

    private static ClDiscovery.Found seen(boolean half) {
        ClDiscovery.Found found = ClDiscovery.devices().getFirst();
        ClDeviceInfo i = found.info();
        ClDeviceInfo info = new ClDeviceInfo(
                i.platform(),
                i.name(),
                i.type(),
                i.driver(),
                i.version(),
                i.computeUnits(),
                Long.MAX_VALUE,
                i.allocationBytes(),
                i.localBytes(),
                i.workGroup(),
                i.hostMemory(),
                half);
        return new ClDiscovery.Found(info, found.platform(), found.id());
    }

    private static OpenClBackend open(KernelFactory kernels, boolean... halves) {
        List<ClDiscovery.Found> devices = new ArrayList<>();
        for (boolean half : halves) {
            devices.add(seen(half));
        }
        return OpenClBackend.open(OpenClOptions.of(WHOLE), devices, kernels);
    }

    /** Kernels that tell their name before they are enqueued. */
    private static KernelFactory telling(Consumer<String> name) {
        return device -> {
            DeviceKernels real = KERNELS.open(device);
            return (DeviceKernels) Proxy.newProxyInstance(
                    DeviceKernels.class.getClassLoader(),
                    new Class<?>[] {DeviceKernels.class},
                    (proxy, method, arguments) -> {
                        name.accept(
                                method.getName().equals("matmul")
                                        ? "matmul of "
                                                + ((DeviceKernels.At) arguments[2])
                                                        .buffer()
                                                        .type()
                                        : method.getName());
                        try {
                            // What the interface does itself goes through the kernels that tell, too.
                            return method.isDefault()
                                    ? InvocationHandler.invokeDefault(proxy, method, arguments)
                                    : method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, true, FP32, ''",
        "FP16, true, FP16, only-products-in-fp16",
        "FP16, false, FP32, computed-in-fp32",
        "BF16, true, FP32, computed-in-fp32",
        "FP8, true, FP32, computed-in-fp32"
    })
    void format_decidesWhatProductsTake(Precision precision, boolean half, String operands, String flag) {
        Set<String> called = ConcurrentHashMap.newKeySet();
        try (OpenClBackend backend = open(telling(called::add), half)) {
            Set<String> flags =
                    backend.execute(ExecutionRequest.of(plan(precision, 1))).flags();

            assertThat(flags).isEqualTo(flag.isEmpty() ? Set.of() : Set.of(flag));
            called.removeIf(name -> !name.startsWith("matmul"));
            assertThat(called).containsExactly("matmul of " + operands);
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
    @ValueSource(strings = {"convert", "matmul of FP16"})
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
}
