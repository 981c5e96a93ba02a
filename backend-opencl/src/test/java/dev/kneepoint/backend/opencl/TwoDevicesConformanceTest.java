package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** On two devices of one platform; the build runs it with PoCL's {@code POCL_DEVICES} set to two. */
@RequiresOpenCl(device = "pthread")
@EnabledIfEnvironmentVariable(named = "POCL_DEVICES", matches = "pthread pthread")
class TwoDevicesConformanceTest extends BackendConformance {
    TwoDevicesConformanceTest() {
        super("opencl", Map.of("opencl.device", "pthread", "opencl.cores", "all"), Map.of());
    }

    @Test
    void bothDevicesAreListed() {
        assertThat(ClDiscovery.devices())
                .filteredOn(f -> f.info().name().startsWith("pthread"))
                .hasSize(2);
    }
}
