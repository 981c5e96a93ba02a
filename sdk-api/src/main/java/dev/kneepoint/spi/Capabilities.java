package dev.kneepoint.spi;

import com.google.common.collect.ImmutableSet;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.workload.Precision;
import java.util.Set;

/**
 * What a backend can do.
 *
 * @param provenance how its figures come about
 * @param maxRanks the most ranks that a plan may have
 * @param precisions number formats that it runs
 * @param threadSafe whether several threads may call {@link Backend#execute} at once
 * @param measuresPower whether its metrics carry power
 */
public record Capabilities(
        Provenance provenance, int maxRanks, Set<Precision> precisions, boolean threadSafe, boolean measuresPower) {
    /** Copies the set. */
    public Capabilities {
        precisions = ImmutableSet.copyOf(precisions);
    }
}
