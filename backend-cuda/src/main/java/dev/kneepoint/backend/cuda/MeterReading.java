package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a device did over a span. Figures are empty where it has none. Immutable.
 *
 * @param seconds how long the span was
 * @param energy its energy
 * @param meanSmClockMhz of the multiprocessors, weighted by time
 * @param meanMemoryClockMhz of the memory, weighted by time
 * @param maxTemperatureCelsius the highest of all samples
 * @param throttleReasons of all samples; empty inside if there were none
 * @param newCorrectedErrors errors of memory that were put right during it
 * @param newUncorrectedErrors errors of memory that were not
 * @param samples how many were taken, those at its ends included
 */
record MeterReading(
        double seconds,
        EnergyReading energy,
        OptionalDouble meanSmClockMhz,
        OptionalDouble meanMemoryClockMhz,
        OptionalInt maxTemperatureCelsius,
        Optional<Set<ThrottleReason>> throttleReasons,
        OptionalLong newCorrectedErrors,
        OptionalLong newUncorrectedErrors,
        int samples) {
    MeterReading {
        throttleReasons = throttleReasons.map(ImmutableSet::copyOf);
    }
}
