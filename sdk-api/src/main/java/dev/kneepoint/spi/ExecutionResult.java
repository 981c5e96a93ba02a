package dev.kneepoint.spi;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What a run gave, before the metrics are computed from it.
 *
 * @param steps step times
 * @param timeline the median step's timeline
 * @param energy measured power; empty if the backend does not measure it
 * @param provenance how the figures came about
 * @param flags what a reader must know
 * @param origin backend, device, driver, profile, by name
 */
public record ExecutionResult(
        StepTimes steps,
        Timeline timeline,
        Optional<Energy> energy,
        Provenance provenance,
        SortedSet<String> flags,
        SortedMap<String, String> origin) {
    /** Copies the collections. */
    public ExecutionResult {
        flags = ImmutableSortedSet.copyOf(flags);
        origin = ImmutableSortedMap.copyOf(origin);
    }
}
