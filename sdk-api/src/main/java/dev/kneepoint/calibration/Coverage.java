package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether 80 % intervals hold what they say: each family of sources is judged by a range that was built from the others
 * alone, widening included.
 *
 * @param family the family that was judged
 * @param level distance of the rows from that range
 * @param rows rows judged
 * @param covered rows measured inside their interval
 */
@Incubating
public record Coverage(String family, TrustLevel level, int rows, int covered) {
    private static final double TARGET = 0.8;
    private static final int LEAST_ROWS = 10;

    /** Every further distance widens by as much at least: even rows that are far here ran on known machines. */
    private static final double STEP = 1.2;

    /** An error in spreads of the nearest kind. */
    record Ratio(String family, TrustLevel level, double spreads) {}

    /**
     * Judges all families.
     *
     * @param residuals comparisons, each held out of whatever was fitted
     * @return one entry per family and distance that occurs; empty if there is but one family
     */
    public static List<Coverage> of(List<HeldOutResidual> residuals) {
        List<Coverage> out = new ArrayList<>();
        byFamily(residuals).forEach((family, own) -> {
            List<HeldOutResidual> others = without(residuals, family);
            List<ValidatedKind> kinds = Kinds.of(others);
            if (!kinds.isEmpty()) {
                out.addAll(judge(family, own, new ValidatedRange(kinds, widening(others), true)));
            }
        });
        return out;
    }

    private static List<Coverage> judge(String family, List<HeldOutResidual> rows, ValidatedRange range) {
        Map<TrustLevel, int[]> counts = new EnumMap<>(TrustLevel.class);
        for (HeldOutResidual r : rows) {
            Trust trust = range.assess(r.traits());
            int[] count = counts.computeIfAbsent(trust.level(), l -> new int[2]);
            count[0]++;
            count[1] += Math.abs(r.logError()) <= Math.log(trust.spread()) ? 1 : 0;
        }
        return counts.entrySet().stream()
                .map(e -> new Coverage(family, e.getKey(), e.getValue()[0], e.getValue()[1]))
                .toList();
    }

    /**
     * Factor by distance on the spread of the nearest kind, so that four in five rows of a family that was left out are
     * inside; every family counts the same. The quantile is that of split conformal prediction for few families: the next
     * one is drawn like those seen (Vovk et al. 2005, Algorithmic Learning in a Random World).
     */
    static Map<TrustLevel, Double> widening(List<HeldOutResidual> residuals) {
        List<Ratio> ratios = new ArrayList<>();
        byFamily(residuals).forEach((family, own) -> {
            List<ValidatedKind> kinds = Kinds.of(without(residuals, family));
            own.forEach(r -> ValidatedRange.ratio(kinds, r).ifPresent(ratios::add));
        });
        Map<TrustLevel, Double> factors = new EnumMap<>(TrustLevel.class);
        double least = 1;
        for (TrustLevel level : TrustLevel.values()) {
            List<FamilyWeights.Figure> at = ratios.stream()
                    .filter(r -> r.level() == level)
                    .map(r -> new FamilyWeights.Figure(r.family(), r.spreads()))
                    .toList();
            least *= level == TrustLevel.INSIDE ? 1 : STEP;
            if (at.size() >= LEAST_ROWS) {
                long families =
                        at.stream().map(FamilyWeights.Figure::family).distinct().count();
                double fraction = Math.min(1, TARGET * (1 + 1.0 / families));
                least = Math.max(least, FamilyWeights.quantile(at, fraction).orElseThrow());
            }
            factors.put(level, least);
        }
        return factors;
    }

    private static Map<String, List<HeldOutResidual>> byFamily(List<HeldOutResidual> residuals) {
        Map<String, List<HeldOutResidual>> families = new LinkedHashMap<>();
        residuals.forEach(r ->
                families.computeIfAbsent(r.family(), f -> new ArrayList<>()).add(r));
        return families;
    }

    private static List<HeldOutResidual> without(List<HeldOutResidual> all, String family) {
        return all.stream().filter(r -> !r.family().equals(family)).toList();
    }
}
