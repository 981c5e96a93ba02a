package dev.kneepoint.plan;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * One process group as the rank 0 of its kind sees it; the other groups of the kind are translations of it.
 *
 * @param kind the group
 * @param ranks global rank numbers, ascending
 * @param perDomain ranks that share a scale-up domain
 */
public record ProcessGroup(GroupKind kind, List<Integer> ranks, int perDomain) {
    /** Copies the ranks. */
    public ProcessGroup {
        ranks = ImmutableList.copyOf(ranks);
    }

    /**
     * Ranks of the group.
     *
     * @return at least 1
     */
    public int size() {
        return ranks.size();
    }
}
