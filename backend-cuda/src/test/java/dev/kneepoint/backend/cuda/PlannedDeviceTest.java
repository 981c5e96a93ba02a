package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and memory as nvidia-smi and the driver show them, beside the accelerators of the catalog. */
class PlannedDeviceTest {
    private static Accelerator accelerator(String name) {
        return ClusterCatalog.all().values().stream()
                .map(Cluster::accelerator)
                .filter(a -> a.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static CudaDeviceInfo device(String name, long mebibytes, int capability) {
        return new CudaDeviceInfo(
                0, name, new UUID(1, 2), "0000:01:00.0", capability, mebibytes << 20, 100, 1, 1, 1, true);
    }

    private static String difference(String name, long mebibytes, int capability, Accelerator planned) {
        return PlannedDevice.difference(device(name, mebibytes, capability), planned)
                .orElse("");
    }

    private static Accelerator named(String name, String architecture, Accelerator like) {
        return new Accelerator(
                name,
                architecture,
                like.peaks(),
                like.memory(),
                like.memoryBandwidth(),
                like.multiprocessors(),
                like.power());
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA H100 80GB HBM3, 81559, 90, h100-sxm",
        "NVIDIA H100 PCIe, 81559, 90, h100-sxm",
        "NVIDIA H100 NVL, 95830, 90, h100-sxm",
        "NVIDIA H100 SXM5 80GB, 81559, 90, h100-sxm",
        "H100 PCIe, 81559, 90, h100-sxm",
        "NVIDIA H100 64GB HBM2, 65247, 90, h100-sxm",
        "NVIDIA H800, 81559, 90, h800-sxm",
        "NVIDIA H200, 143771, 90, h200-sxm",
        "NVIDIA H200 NVL, 143771, 90, h200-sxm",
        "NVIDIA A100-SXM4-40GB, 40536, 80, a100-sxm-40gb",
        "A100-SXM4-40GB, 40536, 80, a100-sxm-40gb",
        "NVIDIA A100-PCIE-40GB, 40536, 80, a100-sxm-40gb",
        "NVIDIA A100-SXM4-80GB, 81920, 80, a100-sxm-80gb",
        "NVIDIA A100 80GB PCIe, 81920, 80, a100-sxm-80gb",
        "NVIDIA A100-SXM-64GB, 65536, 80, a100-sxm-80gb",
        "Tesla V100-SXM2-32GB, 32510, 70, v100-sxm2-32gb",
        "Tesla V100-SXM3-32GB, 32510, 70, v100-sxm2-32gb",
        "NVIDIA B200, 183359, 100, b200-sxm",
        "NVIDIA B300 SXM6 AC, 275040, 103, b300-sxm",
        "NVIDIA GB200, 189471, 100, gb200",
        "NVIDIA GB300, 284208, 103, gb300"
    })
    void boardOfTheChip_isThePlannedDevice(String name, long mebibytes, int capability, String planned) {
        assertThat(difference(name, mebibytes, capability, accelerator(planned)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA A100-SXM4-80GB, 81920, 80, h100-sxm",
        "NVIDIA H200, 143771, 90, h100-sxm",
        "NVIDIA H800, 81559, 90, h100-sxm",
        "NVIDIA H100 80GB HBM3, 81559, 90, h200-sxm",
        "NVIDIA GH200 480GB, 97871, 90, h200-sxm",
        "NVIDIA GB200, 189471, 100, b200-sxm",
        "NVIDIA B200, 183359, 100, gb200",
        "NVIDIA A10, 23028, 86, a100-sxm-40gb",
        "NVIDIA L4, 23034, 89, h100-sxm",
        "NVIDIA GeForce RTX 4090, 24564, 89, h100-sxm",
        "Tesla T4, 15360, 75, v100-sxm2-32gb",
        "NVIDIA H100 80GB HBM3, 81559, 90, mi300x"
    })
    void otherChip_differs(String name, long mebibytes, int capability, String planned) {
        assertThat(difference(name, mebibytes, capability, accelerator(planned)))
                .isEqualTo("another chip");
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA A100-SXM4-40GB, 40536, a100-sxm-80gb, one with 42.5 GB instead of 80 GB",
        "NVIDIA A100-SXM4-80GB, 81920, a100-sxm-40gb, one with 85.9 GB instead of 40 GB",
        "Tesla V100-SXM2-16GB, 16160, v100-sxm2-32gb, one with 16.9 GB instead of 32 GB",
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb, 9728, h100-sxm, a part of a device",
        "NVIDIA H100 80GB HBM3 MIG 7g.80gb, 80640, h100-sxm, a part of a device"
    })
    void sameChipOfAnotherSize_differs(String name, long mebibytes, String planned, String difference) {
        assertThat(difference(name, mebibytes, 80, accelerator(planned))).isEqualTo(difference);
    }

    @ParameterizedTest
    @CsvSource({
        "rtx-4090, NVIDIA GeForce RTX 4090, 89, ''",
        "rtx4090, NVIDIA GeForce RTX 4090, 89, ''",
        "rtx4080, NVIDIA GeForce RTX 4090, 89, another chip",
        "rack 7 H100 80GB, NVIDIA H100 80GB HBM3, 90, ''",
        "l40, NVIDIA L40S, 89, another chip",
        "l40s, NVIDIA L40S, 89, ''",
        "ours, NVIDIA H100 80GB HBM3, 90, ''",
        "ours, NVIDIA A100-SXM4-80GB, 80, another chip",
        "our gpu 3, NVIDIA H100 80GB HBM3, 90, ''"
    })
    void acceleratorsOfOnesOwn_areJudgedByChip_elseByArchitecture(
            String planned, String name, int capability, String difference) {
        Accelerator own = named(planned, "hopper", accelerator("h100-sxm"));
        assertThat(difference(name, 81559, capability, own)).isEqualTo(difference);
    }

    @Test
    void nothingIsSaid_whereThereIsNothingToTellItBy() {
        assertThat(difference("NVIDIA H100 80GB HBM3", 81559, 90, accelerator("cpu-core")))
                .isEmpty();
    }

    @Test
    void everyAcceleratorOfTheCatalog_butTheHost_canBeTold() {
        assertThat(ClusterCatalog.all().values().stream()
                        .map(Cluster::accelerator)
                        .filter(a -> difference("NVIDIA Unheard Of", 1, 0, a).isEmpty())
                        .map(Accelerator::name)
                        .distinct())
                .containsExactly("cpu-core");
    }
}
