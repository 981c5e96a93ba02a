package dev.kneepoint.samples.cli;

import dev.kneepoint.analysis.Knee;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.analysis.KneeRule;
import dev.kneepoint.analysis.ScalingPoint;
import dev.kneepoint.study.SearchResult;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Says where the envelope of the best strategies has its knee. */
final class KneeLine {
    private KneeLine() {}

    static Optional<String> of(List<SearchResult> sizes) {
        List<ScalingPoint> points = sizes.stream()
                .filter(r -> !r.best().isEmpty())
                .map(r ->
                        new ScalingPoint(r.devices(), r.tokensPerSecond(r.best().get(0))))
                .toList();
        if (points.size() < 2) {
            return Optional.empty();
        }
        return Optional.of(
                switch (Knee.find(points, KneeRule.marginalReturn())) {
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
