package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * What one rank did in one step.
 *
 * @param label the rank or role, for example {@code stage 0}
 * @param ranks ranks that did the same and that this one stands for, at least 1
 * @param parts classes of time; they add up to the step time
 * @param busy overlapping busy times
 * @param spans every op instance, or empty if only totals were kept
 */
public record RankTimeline(String label, int ranks, TimeParts parts, Busy busy, List<Span> spans) {
    /** Copies the spans. */
    public RankTimeline {
        spans = ImmutableList.copyOf(spans);
    }
}
