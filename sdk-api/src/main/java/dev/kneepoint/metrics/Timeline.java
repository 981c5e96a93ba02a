package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.units.Seconds;
import java.util.List;

/**
 * What ran when in one step, for every rank or role.
 *
 * @param step the step's time
 * @param ranks one per distinct role
 * @param criticalParts classes of time of the slowest device of the busiest role
 */
public record Timeline(Seconds step, List<RankTimeline> ranks, TimeParts criticalParts) {
    /** Copies the ranks. */
    public Timeline {
        ranks = ImmutableList.copyOf(ranks);
        if (ranks.isEmpty()) {
            throw new IllegalArgumentException("a timeline needs at least one rank");
        }
    }
}
