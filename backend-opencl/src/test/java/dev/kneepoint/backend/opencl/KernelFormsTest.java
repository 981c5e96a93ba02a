package dev.kneepoint.backend.opencl;

import dev.kneepoint.testkit.NumericsConformance;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** Both forms of the kernels against the double-precision reference, whatever the device's own form is. */
class KernelFormsTest {
    private static TestDevice device;
    private static final Map<KernelForm, ClKernels> KERNELS = new EnumMap<>(KernelForm.class);

    @BeforeAll
    static void open() {
        device = TestDevice.open();
        for (KernelForm form : KernelForm.values()) {
            KERNELS.put(form, TunedKernels.open(device.device, new KernelOptions(Optional.of(form), Optional.empty())));
        }
    }

    @AfterAll
    static void close() {
        KERNELS.values().forEach(ClKernels::close);
        if (device != null) {
            device.close();
        }
    }

    @TestFactory
    Stream<DynamicContainer> ops() {
        return Arrays.stream(KernelForm.values())
                .map(form -> DynamicContainer.dynamicContainer(
                        form.name(), NumericsConformance.computeOps(device.numerics(KERNELS.get(form)))));
    }
}
