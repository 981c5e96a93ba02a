package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.Accelerator;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names, memory and multiprocessors as nvidia-smi and the driver show them. */
class DataSheetTest {
    private static String found(String name, long mebibytes, int multiprocessors) {
        CudaDeviceInfo device = new CudaDeviceInfo(
                0, name, new UUID(1, 2), "0000:01:00.0", 80, mebibytes << 20, multiprocessors, 1, 1, 1, true);
        return DataSheet.of(device).map(Accelerator::name).orElse("none");
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA H100 80GB HBM3, 81559, 132, h100-sxm",
        "NVIDIA H200, 143771, 132, h200-sxm",
        "NVIDIA A100-SXM4-40GB, 40536, 108, a100-sxm-40gb",
        "NVIDIA A100-SXM4-80GB, 81920, 108, a100-sxm-80gb",
        "Tesla V100-SXM2-32GB, 32510, 80, v100-sxm2-32gb",
        "NVIDIA B200, 183359, 148, b200-sxm",
        "NVIDIA GB200, 189471, 152, gb200"
    })
    void aBoardOfTheCatalogIsFound(String name, long mebibytes, int multiprocessors, String sheet) {
        assertThat(found(name, mebibytes, multiprocessors)).isEqualTo(sheet);
    }

    /** The catalog has H100 with 80 and with 96 GB, and nothing between or beyond. */
    @ParameterizedTest
    @CsvSource({
        "81559, h100-sxm",
        "97871, h100-sxm-96gb-500w",
        "86500, none",
        "110000, none",
        "150000, none",
        "70000, none"
    })
    void memoryTellsBoardsOfAChipApart(long mebibytes, String sheet) {
        assertThat(found("NVIDIA H100", mebibytes, 132)).isEqualTo(sheet);
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA H100 PCIe, 81559, 114",
        "NVIDIA H100 NVL, 95830, 132",
        "NVIDIA A100 80GB PCIe, 81920, 108",
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb, 9728, 16",
        "NVIDIA H100 80GB HBM3, 40000, 132",
        "NVIDIA L4, 23034, 58"
    })
    void anotherBoardIsNot(String name, long mebibytes, int multiprocessors) {
        assertThat(found(name, mebibytes, multiprocessors)).isEqualTo("none");
    }
}
