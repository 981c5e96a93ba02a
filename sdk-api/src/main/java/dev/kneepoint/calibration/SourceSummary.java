package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableSortedMap;
import java.util.OptionalDouble;
import java.util.SortedMap;

/**
 * How far off the predictions of one source are.
 *
 * @param source the source
 * @param rows rows of it
 * @param predicted rows predicted
 * @param skipped rows skipped, by reason
 * @param median median of |predicted/measured - 1|; empty without a predicted and measured row
 * @param p90 90th percentile of it, linearly interpolated
 * @param bias median of predicted/measured - 1
 * @param nullMedian median error of the null model
 */
public record SourceSummary(
        String source,
        int rows,
        int predicted,
        SortedMap<String, Integer> skipped,
        OptionalDouble median,
        OptionalDouble p90,
        OptionalDouble bias,
        OptionalDouble nullMedian) {
    /** Copies the reasons. */
    public SourceSummary {
        skipped = ImmutableSortedMap.copyOf(skipped);
    }
}
