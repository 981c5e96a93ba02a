package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import java.io.Writer;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kinds of runs that predictions were compared with, and how far off they were with the runs' family of sources left
 * out. It says of any run how near it is to them, and how wide the 80 % interval of its prediction has to be: the 80th
 * percentile of the nearest kind's errors, widened by what leaving out families shows to be needed at that distance.
 * Immutable.
 *
 * @param kinds the kinds, by name
 * @param widening factor on the logarithm of the spread by distance, at least 1, not falling with the distance
 * @param heldOut whether each comparison was left out of whatever was fitted, with its family of sources
 */
@Incubating
public record ValidatedRange(List<ValidatedKind> kinds, Map<TrustLevel, Double> widening, boolean heldOut) {
    private static final class Shipped {
        static final ValidatedRange RANGE = ValidatedRangeFiles.shipped();
    }

    private record Nearest(ValidatedKind kind, double distance) {}

    /** Checks that there is a kind, and a factor for each distance. */
    public ValidatedRange {
        kinds = ImmutableList.copyOf(kinds);
        widening = ImmutableMap.copyOf(new EnumMap<>(widening));
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("kinds must not be empty: three comparable runs make one");
        }
        double least = 1;
        for (TrustLevel level : TrustLevel.values()) {
            double factor = Optional.ofNullable(widening.get(level)).orElse(0.0);
            if (!(factor >= least)) {
                throw new IllegalArgumentException(
                        "widening of " + level.label() + " must be at least " + least + ", not " + factor);
            }
            least = factor;
        }
    }

    /**
     * The range of the published runs that this version was compared with.
     *
     * @return the range
     */
    public static ValidatedRange shipped() {
        return Shipped.RANGE;
    }

    /**
     * The range of some comparisons.
     *
     * @param residuals the comparisons, each held out of whatever was fitted
     * @return the range
     * @throws IllegalArgumentException if no three of them are of one kind
     */
    public static ValidatedRange from(List<HeldOutResidual> residuals) {
        return from(residuals, true);
    }

    /**
     * The range of comparisons that what was fitted may have seen; its errors are too hopeful for other sources.
     *
     * @param residuals the comparisons
     * @return the range, which says so
     * @throws IllegalArgumentException if no three of them are of one kind
     */
    public static ValidatedRange inSample(List<HeldOutResidual> residuals) {
        return from(residuals, false);
    }

    private static ValidatedRange from(List<HeldOutResidual> residuals, boolean heldOut) {
        return new ValidatedRange(Kinds.of(residuals), Coverage.widening(residuals), heldOut);
    }

    /**
     * Writes the range as the library ships it, {@code kneepoint.validated-range/1}.
     *
     * @param out where to; not closed
     */
    public void writeJson(Writer out) {
        ValidatedRangeFiles.write(this, out);
    }

    /**
     * How near a run is to the range.
     *
     * @param scenario what runs on what
     * @param layout how
     * @return the distance, and the spread of its prediction
     */
    public Trust assess(Scenario scenario, Layout layout) {
        return assess(RunTraits.of(scenario, layout.strategy(), layout.devices()));
    }

    /**
     * How near a run is to the range.
     *
     * @param scenario what runs on what
     * @param strategy how
     * @param devices on how many devices
     * @return the distance, and the spread of its prediction
     */
    public Trust assess(Scenario scenario, ParallelismStrategy strategy, int devices) {
        return assess(RunTraits.of(scenario, strategy, devices));
    }

    /**
     * How near a run is to the range.
     *
     * @param run the run
     * @return the distance, and the spread of its prediction
     */
    public Trust assess(RunTraits run) {
        Nearest nearest = nearest(kinds, run);
        TrustLevel level = Distance.level(nearest.distance());
        double width = nearest.kind().pulled() * widening.getOrDefault(level, 1.0);
        return new Trust(level, Distance.words(run, nearest.kind()), nearest.kind(), Math.exp(width), heldOut);
    }

    /** The kind at the least distance; of several the one with the most rows. */
    private static Nearest nearest(List<ValidatedKind> kinds, RunTraits run) {
        return kinds.stream()
                .map(k -> new Nearest(k, Distance.of(run, k)))
                .min(Comparator.comparingDouble(Nearest::distance)
                        .thenComparingInt(n -> -n.kind().rows()))
                .orElseThrow();
    }

    /** What a residual's error is in spreads of its nearest kind, and how far away that is. */
    static Optional<Coverage.Ratio> ratio(List<ValidatedKind> kinds, HeldOutResidual r) {
        if (kinds.isEmpty()) {
            return Optional.empty();
        }
        Nearest nearest = nearest(kinds, r.traits());
        double spread = Math.max(nearest.kind().pulled(), Double.MIN_NORMAL);
        return Optional.of(
                new Coverage.Ratio(r.family(), Distance.level(nearest.distance()), Math.abs(r.logError()) / spread));
    }
}
