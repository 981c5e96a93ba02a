package dev.kneepoint.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A GPU, or a MIG instance of one, as NVML sees it. Figures are empty where the device or the driver has none; an
 * instance's clocks, temperature and errors are its GPU's, and it has no power of its own. Thread-safe; answers until its
 * {@link Nvml} is closed.
 */
final class NvmlDevice implements Gauges {
    private static final double PER_MILLI = 1e-3;

    private final Nvml nvml;
    private final NvmlLibrary library;
    private final long handle;
    private final boolean instance;
    private final long gpu;

    private NvmlDevice(Nvml nvml, NvmlLibrary library, long handle, boolean instance, long gpu) {
        this.nvml = nvml;
        this.library = library;
        this.handle = handle;
        this.instance = instance;
        this.gpu = gpu;
    }

    static NvmlDevice of(Nvml nvml, NvmlLibrary library, long handle) {
        NvmlDevice asGpu = new NvmlDevice(nvml, library, handle, false, handle);
        if (asGpu.figure(NvmlFigure.IS_INSTANCE).orElse(0) == 0) {
            return asGpu;
        }
        long gpu = asGpu.figure(NvmlFigure.WHOLE_GPU).orElse(handle);
        return new NvmlDevice(nvml, library, handle, true, gpu);
    }

    /** For example {@code NVIDIA H100 80GB HBM3}. */
    String name() {
        return nvml.deviceName(handle);
    }

    @Override
    public boolean isInstance() {
        return instance;
    }

    @Override
    public OptionalLong energyMillijoules() {
        return instance ? OptionalLong.empty() : figure(NvmlFigure.TOTAL_ENERGY);
    }

    @Override
    public OptionalDouble powerWatts() {
        return watts(NvmlFigure.POWER);
    }

    /** What its power is held below. */
    OptionalDouble powerLimitWatts() {
        return watts(NvmlFigure.POWER_LIMIT);
    }

    private OptionalDouble watts(NvmlFigure figure) {
        OptionalLong milliwatts = instance ? OptionalLong.empty() : figure(figure);
        return milliwatts.isPresent() ? OptionalDouble.of(milliwatts.getAsLong() * PER_MILLI) : OptionalDouble.empty();
    }

    @Override
    public OptionalInt smClockMhz() {
        return small(NvmlFigure.SM_CLOCK);
    }

    @Override
    public OptionalInt memoryClockMhz() {
        return small(NvmlFigure.MEMORY_CLOCK);
    }

    /** The highest clock of the multiprocessors. */
    OptionalInt maxSmClockMhz() {
        return small(NvmlFigure.MAX_SM_CLOCK);
    }

    /** The highest clock of the memory. */
    OptionalInt maxMemoryClockMhz() {
        return small(NvmlFigure.MAX_MEMORY_CLOCK);
    }

    @Override
    public Optional<Set<ThrottleReason>> throttleReasons() {
        OptionalLong mask = figure(NvmlFigure.THROTTLE_REASONS);
        return mask.isPresent() ? Optional.of(ThrottleReason.of(mask.getAsLong())) : Optional.empty();
    }

    @Override
    public OptionalInt temperatureCelsius() {
        return small(NvmlFigure.TEMPERATURE);
    }

    @Override
    public OptionalLong correctedErrors() {
        return figure(NvmlFigure.CORRECTED_ERRORS);
    }

    @Override
    public OptionalLong uncorrectedErrors() {
        return figure(NvmlFigure.UNCORRECTED_ERRORS);
    }

    private OptionalInt small(NvmlFigure figure) {
        OptionalLong value = figure(figure);
        return value.isPresent() ? OptionalInt.of(Math.toIntExact(value.getAsLong())) : OptionalInt.empty();
    }

    private OptionalLong figure(NvmlFigure figure) {
        nvml.requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
            int status = library.figure(figure, gpu, value);
            if (NvmlStatus.isAbsent(status)) {
                return OptionalLong.empty();
            }
            nvml.check(figure.functions().getFirst(), status);
            return OptionalLong.of(
                    figure.bytes() == Long.BYTES
                            ? value.get(ValueLayout.JAVA_LONG, 0)
                            : Integer.toUnsignedLong(value.get(ValueLayout.JAVA_INT, 0)));
        }
    }
}
