package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** A number that NVML knows of a device, and the function that says it. */
enum NvmlFigure {
    /** Since the driver was loaded, in millijoules. */
    TOTAL_ENERGY(Long.BYTES, "nvmlDeviceGetTotalEnergyConsumption"),
    /** In milliwatts: now, or the mean of the last second on devices since Ampere other than the A100's chip. */
    POWER(Integer.BYTES, "nvmlDeviceGetPowerUsage"),
    /** Least of all limits that apply, in milliwatts. */
    POWER_LIMIT(Integer.BYTES, "nvmlDeviceGetEnforcedPowerLimit"),
    /** Of the multiprocessors, now, in MHz: NVML_CLOCK_SM. */
    SM_CLOCK(Integer.BYTES, "nvmlDeviceGetClockInfo", 1),
    /** Of the memory, now, in MHz: NVML_CLOCK_MEM. */
    MEMORY_CLOCK(Integer.BYTES, "nvmlDeviceGetClockInfo", 2),
    /** The highest of the multiprocessors, in MHz. */
    MAX_SM_CLOCK(Integer.BYTES, "nvmlDeviceGetMaxClockInfo", 1),
    /** The highest of the memory, in MHz. */
    MAX_MEMORY_CLOCK(Integer.BYTES, "nvmlDeviceGetMaxClockInfo", 2),
    /** Bits of {@link ThrottleReason}. Drivers before 535 know only the second name. */
    THROTTLE_REASONS(
            Long.BYTES, List.of("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")),
    /** Of the chip, in degrees Celsius: NVML_TEMPERATURE_GPU. */
    TEMPERATURE(Integer.BYTES, "nvmlDeviceGetTemperature", 0),
    /** Errors of memory that were put right: NVML_MEMORY_ERROR_TYPE_CORRECTED, since the last reset, NVML_VOLATILE_ECC. */
    CORRECTED_ERRORS(Long.BYTES, "nvmlDeviceGetTotalEccErrors", 0, 0),
    /** Errors of memory that were not: NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_VOLATILE_ECC. */
    UNCORRECTED_ERRORS(Long.BYTES, "nvmlDeviceGetTotalEccErrors", 1, 0),
    /** 1 if the handle is that of a MIG instance. */
    IS_INSTANCE(Integer.BYTES, "nvmlDeviceIsMigDeviceHandle"),
    /** The handle of the GPU that a MIG instance is a part of. */
    WHOLE_GPU(Long.BYTES, "nvmlDeviceGetDeviceHandleFromMigDeviceHandle");

    private final int bytes;
    private final ImmutableList<String> functions;
    private final ImmutableList<Integer> selectors;

    NvmlFigure(int bytes, String function, Integer... selectors) {
        this.bytes = bytes;
        this.functions = ImmutableList.of(function);
        this.selectors = ImmutableList.copyOf(selectors);
    }

    NvmlFigure(int bytes, List<String> functions) {
        this.bytes = bytes;
        this.functions = ImmutableList.copyOf(functions);
        this.selectors = ImmutableList.of();
    }

    /** Of the unsigned number that the function writes. */
    int bytes() {
        return bytes;
    }

    /** Names of the function, the preferred first. */
    List<String> functions() {
        return functions;
    }

    /** Arguments between the device and where the number is written. */
    List<Integer> selectors() {
        return selectors;
    }
}
