package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** The conformance kit in one process with several GPUs, on the doubles, which have nothing to complain of afterwards. */
@RequiresGcc
abstract class NcclConformance extends BackendConformance {
    private final int devices;
    private NcclDouble nccl;

    NcclConformance(int devices) {
        super("nccl", Map.of("nccl.library", NcclDouble.path().toString(), "cuda.cublas", "off"), Map.of());
        this.devices = devices;
    }

    @BeforeEach
    void start(TestInfo battery) {
        nccl = NcclDouble.reset(devices);
        // A thousand runs are asked what they leave behind, not what they compute.
        nccl.driver().idle(battery.getTestMethod().orElseThrow().getName().equals("endurance"));
    }

    @AfterEach
    void nothingIsWrongOrLeft() {
        assertThat(nccl.violations()).isEmpty();
        assertThat(nccl.leaks()).isEmpty();
    }
}
