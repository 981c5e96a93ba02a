package dev.kneepoint.samples.report;

import dev.kneepoint.analysis.Knee;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.analysis.KneeRule;
import dev.kneepoint.analysis.ScalingPoint;
import dev.kneepoint.study.SearchResult;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Says where the envelope of the best strategies has its knee. */
public final class KneeLine {
    private KneeLine() {}

    /**
     * Finds the knee of the throughput that the best of each size reaches.
     *
     * @param sizes searches of one workload, by ascending size
     * @return the knee, or why there is none; empty if less than two sizes found something
     */
    static Optional<KneeResult> find(List<SearchResult> sizes) {
        List<ScalingPoint> points = sizes.stream()
                .filter(r -> !r.best().isEmpty())
                .map(r ->
                        new ScalingPoint(r.devices(), r.tokensPerSecond(r.best().get(0))))
                .toList();
        return points.size() < 2 ? Optional.empty() : Optional.of(Knee.find(points, KneeRule.marginalReturn()));
    }

    /** The size of the knee; empty if there is none in the range. */
    static Optional<Integer> devices(List<SearchResult> sizes) {
        return find(sizes).flatMap(k -> k instanceof KneeResult.At at ? Optional.of(at.devices()) : Optional.empty());
    }

    /**
     * Says where it is.
     *
     * @param sizes searches of one workload, by ascending size
     * @return a line; empty if less than two sizes found something
     */
    public static Optional<String> of(List<SearchResult> sizes) {
        return find(sizes).map(knee -> switch (knee) {
            case KneeResult.At at ->
                String.format(
                        Locale.ROOT,
                        "knee of the envelope: %,d devices; the next step returns %.0f %% of proportional",
                        at.devices(),
                        100 * at.returnAfter());
            case KneeResult.BeyondRange beyond ->
                String.format(
                        Locale.ROOT,
                        "knee of the envelope: beyond %,d devices; every step up to there pays",
                        beyond.largest());
            case KneeResult.Never never -> "no knee (" + never.reason() + ")";
        });
    }
}
