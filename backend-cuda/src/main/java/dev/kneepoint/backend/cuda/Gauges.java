package dev.kneepoint.backend.cuda;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** What {@link NvmlMeter} reads of a device. Every figure is empty where there is none. Thread-safe. */
interface Gauges {
    /** Whether this is a part of a GPU, whose energy nobody measures. */
    boolean isInstance();

    /** Energy of the whole board since the driver was loaded. */
    OptionalLong energyMillijoules();

    /** Power of the whole board. */
    OptionalDouble powerWatts();

    /** Clock of the multiprocessors now. */
    OptionalInt smClockMhz();

    /** Clock of the memory now. */
    OptionalInt memoryClockMhz();

    /** Why clocks are below the highest now. */
    Optional<Set<ThrottleReason>> throttleReasons();

    /** Temperature of the chip. */
    OptionalInt temperatureCelsius();

    /** Errors of memory that were put right, since the last reset. */
    OptionalLong correctedErrors();

    /** Errors of memory that were not put right, since the last reset. */
    OptionalLong uncorrectedErrors();
}
