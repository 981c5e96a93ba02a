package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.cuda.DoubleConfig.Device;
import dev.kneepoint.spi.Availability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresCompiler({"g++", "gcc", "nm"})
class AvailabilityTest {
    private static final Device TURING = new Device("Double T4", 16L << 30, 75, 40, false);
    private static final Device VOLTA = new Device("Double V100", 32L << 30, 70, 80, false);

    private static Availability.Missing missing() {
        Availability answer = new CudaBackendProvider().availability();
        assertThat(answer).isInstanceOf(Availability.Missing.class);
        return (Availability.Missing) answer;
    }

    @Test
    void devices_areListedWithWhatTheyAre() {
        CudaDouble.reset(DoubleConfig.of(Device.A100, VOLTA, TURING));
        assertThat(new CudaBackendProvider().availability())
                .asInstanceOf(InstanceOfAssertFactories.type(Availability.Ready.class))
                .extracting(Availability.Ready::devices, InstanceOfAssertFactories.list(String.class))
                .satisfiesExactly(
                        d -> assertThat(d).startsWith("0: Double A100, compute capability 8.0, 80.0 GiB, 108 multi"),
                        d -> assertThat(d)
                                .startsWith("1: Double V100, compute capability 7.0")
                                .endsWith("newer"),
                        d -> assertThat(d).startsWith("2: Double T4, compute capability 7.5, 16.0 GiB, 40 multi"));
    }

    /** NVML knows a part of a GPU by the part's own identifier, and that it has no energy of its own. */
    @Test
    void partOfADevice_hasAnIdentifierOfItsOwn() {
        Device part = new Device("Double A100 MIG 1g.10gb", 10L << 30, 80, 14, true);
        CudaDouble.reset(DoubleConfig.of(Device.A100, part, part));
        assertThat(CudaDiscovery.devices()).extracting(CudaDeviceInfo::uuid).doesNotHaveDuplicates();
    }

    @Test
    void driverWithoutDevices() {
        CudaDouble.reset(DoubleConfig.of());
        assertThat(missing().reason()).isEqualTo("the CUDA driver shows no device");
        assertThat(missing().remedy()).contains("CUDA_VISIBLE_DEVICES");
    }

    @Test
    void oldDriver() {
        CudaDouble.reset(DoubleConfig.of(1).withDriver(10020));
        assertThat(missing().reason()).isEqualTo("the driver is made for CUDA 10.2; the backend needs 11.2");
    }

    @Test
    void devicesThatAreTooOld() {
        CudaDouble.reset(DoubleConfig.of(VOLTA));
        assertThat(missing().reason())
                .isEqualTo("device 0 'Double V100' has compute capability 7.0; the kernels need 7.5 or newer");
    }

    @ParameterizedTest
    @CsvSource({
        "800, CUDA_ERROR_NOT_PERMITTED, start it with the GPUs",
        "803, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, restart after an update",
        "999, CUDA_ERROR_UNKNOWN, nvidia-smi"
    })
    void driverThatRefuses(int code, String name, String remedy) {
        CudaDouble.reset(DoubleConfig.of(1)).failAt("cuInit", 1, code);
        Availability.Missing missing = missing();
        assertThat(missing.reason()).contains(name + " (" + code + ")");
        assertThat(missing.remedy()).contains(remedy);
    }

    /** Prints what a JVM without the double finds. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                System.out.println(new CudaBackendProvider().availability());
            }
        }
    }

    @Test
    void machineWithoutDriver() throws IOException, InterruptedException {
        Assumptions.assumeFalse(
                new ProcessBuilder("/sbin/ldconfig", "-p")
                        .start()
                        .inputReader()
                        .lines()
                        .anyMatch(l -> l.contains("libcuda.so.1")),
                "this machine has a driver");
        Process child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName()))
                .redirectErrorStream(true)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(said).isZero();
        assertThat(said.lines())
                .hasSize(2)
                .allSatisfy(l -> assertThat(l).contains("there is no CUDA driver (libcuda.so.1)"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cuda.devices | 0 | no option 'cuda.devices'",
                "cuda.device | 7 | no device fits '7'; there are [device 0 'Double A100', device 1 'Double V100']",
                "cuda.device | volta | no device fits 'volta'",
                "cuda.device | V100 | compute capability 7.0; the kernels need 7.5",
                "cuda.tf32 | yes | one of [off, on], not 'yes'",
                "cuda.cublas | '' | a library or 'off', not empty",
                "cuda.cublas | /no/libcublas.so.12 | cuda.cublas: /no/libcublas.so.12"
            })
    void wrongOption_isRefused(String name, String value, String message) {
        CudaDouble.reset(DoubleConfig.of(Device.A100, VOLTA));
        assertThatThrownBy(() -> Runs.open(name, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
