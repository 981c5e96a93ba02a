package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.DoubleConfig.Device;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.Precision;
import org.junit.jupiter.api.Test;

/** What a result says when the plan's cluster, which is of DGX H100, is not what it ran on. */
@RequiresCompiler({"g++", "gcc", "nm"})
class PlannedDeviceRunTest {
    private static final String FLAG = "cluster-differs";
    private static final Device H100 = Device.A100.withName("NVIDIA H100 PCIe");
    private static final Device A100 = Device.A100.withName("NVIDIA A100-SXM4-80GB");

    private static ExecutionResult run(int ranks, String way, Device... machine) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(machine));
        driver.idle(true);
        ExecutionResult result = Runs.whole(Runs.plan("ddp", ranks, Precision.BF16), "cuda.ranks", way);
        Machine.isClean(driver);
        return result;
    }

    @Test
    void deviceOfThePlan_isNotWorthAWord() {
        ExecutionResult result = run(1, "all", H100);
        assertThat(result.flags()).doesNotContain(FLAG);
        assertThat(result.origin()).doesNotContainKey("cluster");
    }

    @Test
    void otherDevice_isNamedBesideThePlans() {
        ExecutionResult result = run(1, "all", A100);
        assertThat(result.flags()).contains(FLAG);
        assertThat(result.origin())
                .containsEntry(
                        "cluster",
                        "the plan has h100-sxm, by which MFU and cost are counted, but NVIDIA A100-SXM4-80GB is another"
                                + " chip");
    }

    @Test
    void everyDeviceThatARankUses_isLookedAt() {
        assertThat(run(2, "all", H100, A100).flags()).contains(FLAG);
        assertThat(run(1, "all", H100, A100).flags()).doesNotContain(FLAG);
        assertThat(run(2, "one-per-stage", H100, A100).flags()).doesNotContain(FLAG);
    }
}
