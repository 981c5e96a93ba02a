package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Figures and their units, on the double. */
@RequiresCompiler({"g++", "gcc"})
class NvmlTest {
    private static final String BUS = "0000:65:00.0";
    private static final UUID GPU = new UUID(1, 2);
    private static final UUID INSTANCE = new UUID(3, 4);

    private final DoubleControls controls = DoubleControls.nvml();
    private final NvmlLibrary library =
            NvmlLibrary.open(NativeDoubles.nvml().toString()).found().orElseThrow();
    private Nvml nvml;
    private int gpu;

    @BeforeEach
    void open() {
        controls.reset();
        gpu = controls.add(BUS, "GPU-" + GPU, "NVIDIA Double 80GB", -1);
        nvml = Nvml.open(library);
    }

    @AfterEach
    void nothingIsLeft() {
        nvml.close();
        assertThat(controls.users()).as("uses that nobody ended").isZero();
    }

    private void setAll(int device) {
        controls.set(device, "energy", 123_456_789_012L);
        controls.set(device, "power", 350_250);
        controls.set(device, "limit", 700_000);
        controls.set(device, "sm", 1755);
        controls.set(device, "memory", 2619);
        controls.set(device, "max sm", 1980);
        controls.set(device, "max memory", 2620);
        controls.set(device, "reasons", 0x24);
        controls.set(device, "temperature", 61);
        controls.set(device, "corrected", 5);
        controls.set(device, "uncorrected", 1);
    }

    // Devices

    @Test
    void devices_areFoundByBusAndIdentifier() {
        assertThat(nvml.byBusId(BUS).name()).isEqualTo("NVIDIA Double 80GB");
        assertThat(nvml.byUuid("GPU-" + GPU).name()).isEqualTo("NVIDIA Double 80GB");
        assertThat(nvml.byUuid(GPU).name()).isEqualTo("NVIDIA Double 80GB");
        assertThat(nvml.driverVersion()).isEqualTo("550.54.15");
    }

    @Test
    void devicesThatAreNotThere_areNamed() {
        assertThatThrownBy(() -> nvml.byBusId("0000:01:00.0"))
                .isInstanceOf(CudaException.class)
                .hasMessage("NVML: nvmlDeviceGetHandleByPciBusId of 0000:01:00.0 failed with NVML_ERROR_NOT_FOUND (6): "
                        + "the double says no");
        assertThatThrownBy(() -> nvml.byUuid(new UUID(8, 9)))
                .hasMessageContaining("nvmlDeviceGetHandleByUUID of MIG-" + new UUID(8, 9));
    }

    // Figures

    @Test
    void figures_areInTheirUnits() {
        setAll(gpu);
        NvmlDevice device = nvml.byBusId(BUS);
        assertThat(device.isInstance()).isFalse();
        assertThat(device.energyMillijoules()).hasValue(123_456_789_012L);
        assertThat(device.powerWatts()).hasValue(350.25);
        assertThat(device.powerLimitWatts()).hasValue(700);
        assertThat(device.smClockMhz()).hasValue(1755);
        assertThat(device.memoryClockMhz()).hasValue(2619);
        assertThat(device.maxSmClockMhz()).hasValue(1980);
        assertThat(device.maxMemoryClockMhz()).hasValue(2620);
        assertThat(device.throttleReasons().orElseThrow())
                .containsExactly(ThrottleReason.SOFTWARE_POWER_CAP, ThrottleReason.SOFTWARE_THERMAL_SLOWDOWN);
        assertThat(device.temperatureCelsius()).hasValue(61);
        assertThat(device.correctedErrors()).hasValue(5);
        assertThat(device.uncorrectedErrors()).hasValue(1);
    }

    @Test
    void figuresThatADeviceLacks_areEmpty() {
        NvmlDevice device = nvml.byBusId(BUS);
        assertThat(device.energyMillijoules()).isEmpty();
        assertThat(device.powerWatts()).isEmpty();
        assertThat(device.powerLimitWatts()).isEmpty();
        assertThat(device.smClockMhz()).isEmpty();
        assertThat(device.memoryClockMhz()).isEmpty();
        assertThat(device.maxSmClockMhz()).isEmpty();
        assertThat(device.maxMemoryClockMhz()).isEmpty();
        assertThat(device.throttleReasons()).isEmpty();
        assertThat(device.temperatureCelsius()).isEmpty();
        assertThat(device.correctedErrors()).isEmpty();
        assertThat(device.uncorrectedErrors()).isEmpty();
    }

    @Test
    void figures_mayBeLargerThanIntegers() {
        controls.set(gpu, "power", 0xffff_fff0L);
        assertThat(nvml.byBusId(BUS).powerWatts()).hasValue(0xffff_fff0L * 1e-3);
    }

    @ParameterizedTest
    @CsvSource({
        "0, ''",
        "1, GPU_IDLE",
        "2, CLOCK_SETTING",
        "4, SOFTWARE_POWER_CAP",
        "8, HARDWARE_SLOWDOWN",
        "16, SYNC_BOOST",
        "32, SOFTWARE_THERMAL_SLOWDOWN",
        "64, HARDWARE_THERMAL_SLOWDOWN",
        "128, POWER_BRAKE",
        "256, DISPLAY_CLOCK_SETTING",
        "512, OTHER",
        "-9223372036854775807, GPU_IDLE OTHER",
    })
    void throttleReasons_areBits(long mask, String reasons) {
        assertThat(String.join(
                        " ",
                        ThrottleReason.of(mask).stream()
                                .map(ThrottleReason::name)
                                .toList()))
                .isEqualTo(reasons);
    }

    // MIG

    @Test
    void anInstance_hasFiguresOfItsGpuAndNoPower() {
        setAll(gpu);
        controls.add("", "MIG-" + INSTANCE, "NVIDIA Double MIG 1g.10gb", gpu);
        NvmlDevice device = nvml.byUuid(INSTANCE);
        assertThat(device.isInstance()).isTrue();
        assertThat(device.name()).isEqualTo("NVIDIA Double MIG 1g.10gb");
        assertThat(device.energyMillijoules()).isEmpty();
        assertThat(device.powerWatts()).isEmpty();
        assertThat(device.powerLimitWatts()).isEmpty();
        assertThat(device.smClockMhz()).hasValue(1755);
        assertThat(device.temperatureCelsius()).hasValue(61);
    }

    @Test
    void anInstanceWhoseGpuIsHidden_answersForItself() {
        int instance = controls.add("", "MIG-" + INSTANCE, "NVIDIA Double MIG 1g.10gb", gpu);
        controls.set(instance, "sm", 1000);
        controls.fail("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", 1, 3);
        assertThat(nvml.byUuid("MIG-" + INSTANCE).smClockMhz()).hasValue(1000);
    }

    // Older drivers

    @Test
    void anOlderDriver_isAskedByFormerNames() {
        Path old = NativeDoubles.oldNvml();
        DoubleControls oldControls = DoubleControls.nvml(old);
        int device = oldControls.add(BUS, "GPU-" + GPU, "NVIDIA Double", -1);
        oldControls.set(device, "reasons", 8);
        try (Nvml of = Nvml.open(NvmlLibrary.open(old.toString()).found().orElseThrow())) {
            assertThat(of.byBusId(BUS).isInstance()).isFalse();
            assertThat(of.byBusId(BUS).throttleReasons().orElseThrow())
                    .containsExactly(ThrottleReason.HARDWARE_SLOWDOWN);
        }
        assertThat(oldControls.users()).isZero();
    }

    // Failures

    static Stream<Arguments> calls() {
        return Stream.of(
                call("nvmlDeviceGetTotalEnergyConsumption", NvmlDevice::energyMillijoules),
                call("nvmlDeviceGetPowerUsage", NvmlDevice::powerWatts),
                call("nvmlDeviceGetEnforcedPowerLimit", NvmlDevice::powerLimitWatts),
                call("nvmlDeviceGetClockInfo", NvmlDevice::smClockMhz),
                call("nvmlDeviceGetClockInfo", NvmlDevice::memoryClockMhz),
                call("nvmlDeviceGetMaxClockInfo", NvmlDevice::maxSmClockMhz),
                call("nvmlDeviceGetMaxClockInfo", NvmlDevice::maxMemoryClockMhz),
                call("nvmlDeviceGetCurrentClocksEventReasons", NvmlDevice::throttleReasons),
                call("nvmlDeviceGetTemperature", NvmlDevice::temperatureCelsius),
                call("nvmlDeviceGetTotalEccErrors", NvmlDevice::correctedErrors),
                call("nvmlDeviceGetTotalEccErrors", NvmlDevice::uncorrectedErrors),
                call("nvmlDeviceGetName", NvmlDevice::name));
    }

    private static Arguments call(String function, Consumer<NvmlDevice> call) {
        return Arguments.of(function, call);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void failure_hasCallCodeAndName(String function, Consumer<NvmlDevice> call) {
        setAll(gpu);
        NvmlDevice device = nvml.byBusId(BUS);
        controls.fail(function, 1, 15);
        CudaException failure = catchThrowableOfType(CudaException.class, () -> call.accept(device));
        assertThat(failure)
                .hasMessage("NVML: " + function + " failed with NVML_ERROR_GPU_IS_LOST (15): the double says no");
        assertThat(failure.library()).isEqualTo("NVML");
        call.accept(device);
    }

    @ParameterizedTest
    @CsvSource({
        "nvmlDeviceGetHandleByPciBusId_v2, nvmlDeviceGetHandleByPciBusId of 0000:65:00.0",
        "nvmlDeviceIsMigDeviceHandle, nvmlDeviceIsMigDeviceHandle",
    })
    void failureToFind_hasCallCodeAndName(String function, String call) {
        controls.fail(function, 1, 4);
        assertThatThrownBy(() -> nvml.byBusId(BUS))
                .hasMessageStartingWith("NVML: " + call + " failed with NVML_ERROR_NO_PERMISSION (4)");
    }

    @Test
    void failureToStart_andToEnd() {
        controls.fail("nvmlInit_v2", 1, 9);
        assertThatThrownBy(() -> Nvml.open(library))
                .hasMessageStartingWith("NVML: nvmlInit failed with NVML_ERROR_DRIVER_NOT_LOADED (9)");
        Nvml other = Nvml.open(library);
        controls.fail("nvmlShutdown", 1, 999);
        assertThatThrownBy(other::close)
                .hasMessageStartingWith("NVML: nvmlShutdown failed with NVML_ERROR_UNKNOWN (999)");
        other.close();
        assertThat(library.shutdown()).isZero();
    }

    @Test
    void closed_refusesEverything() {
        NvmlDevice device = nvml.byBusId(BUS);
        nvml.close();
        assertThatIllegalStateException().isThrownBy(device::powerWatts).withMessage("NVML is closed");
        assertThatIllegalStateException().isThrownBy(device::name);
        assertThatIllegalStateException().isThrownBy(() -> nvml.byBusId(BUS));
        assertThatIllegalStateException().isThrownBy(nvml::driverVersion);
    }

    @Test
    void statuses_haveNames() {
        assertThat(NvmlStatus.name(0)).isEqualTo("NVML_SUCCESS");
        assertThat(NvmlStatus.name(13)).isEqualTo("NVML_ERROR_FUNCTION_NOT_FOUND");
        assertThat(NvmlStatus.name(30)).isEqualTo("NVML_ERROR_RESET_TYPE_NOT_SUPPORTED");
        assertThat(NvmlStatus.name(999)).isEqualTo("NVML_ERROR_UNKNOWN");
        assertThat(NvmlStatus.name(31)).contains("does not document");
        assertThat(NvmlStatus.name(-1)).contains("does not document");
    }

    // Missing libraries

    @Test
    void aMissingLibrary_isAnAnswer() {
        assertThat(NvmlLibrary.open("libnvidia-nowhere.so.1").reason())
                .isEqualTo("libnvidia-nowhere.so.1 cannot be loaded; see what it lacks with ldd");
    }

    @Test
    void aLibraryWithoutAFunction_isAnAnswer() {
        Path library = NativeDoubles.unrelated("unrelated-driver", "libnvidia-ml.so.1");
        assertThat(NvmlLibrary.open(library.toString()).reason()).isEqualTo(library + " lacks nvmlInit_v2");
    }
}
