package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.analysis.KneeResult;
import java.util.List;

/**
 * One strategy over all sizes.
 *
 * @param name the strategy's text form as the user gave it
 * @param points ascending in devices
 * @param knee where scaling stops paying
 * @param limiter what dominates after the knee, in words; blank if no point ran
 */
public record StudySeries(String name, List<StudyPoint> points, KneeResult knee, String limiter) {
    /** Copies the points. */
    public StudySeries {
        points = ImmutableList.copyOf(points);
    }

    /**
     * The points that ran.
     *
     * @return ascending in devices
     */
    public List<StudyPoint.Ran> ran() {
        return points.stream()
                .filter(StudyPoint.Ran.class::isInstance)
                .map(StudyPoint.Ran.class::cast)
                .toList();
    }
}
