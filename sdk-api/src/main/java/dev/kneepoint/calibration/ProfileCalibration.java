package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fits the constants of devices, networks and software stacks to measured runs of many sources. Which constants, what was
 * known of them before and in which range they make sense stands in {@code constants.json}; the fit starts there and not
 * from what ships, so that anybody gets the shipped profiles again. Deterministic. Immutable.
 */
@Incubating
public final class ProfileCalibration {
    private static final int ITERATIONS = 15;
    private static final int ITERATIONS_BESIDE = 6;

    private final List<Constant> constants;
    private final ProfileSet priors;
    private final List<FitRow> rows;

    private ProfileCalibration(List<Constant> constants, ProfileSet priors, List<FitRow> rows) {
        this.constants = constants;
        this.priors = priors;
        this.rows = rows;
    }

    /**
     * A calibration on some runs.
     *
     * @param measurements the runs; rows that cannot be mapped, have no step time or are suspect are left out
     * @return the calibration
     * @throws IllegalArgumentException if no row can be used
     */
    public static ProfileCalibration of(List<Measurement> measurements) {
        List<FitRow> rows = FitRows.of(measurements);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(
                    "none of the " + measurements.size() + " rows describes a whole step with its time and shape");
        }
        List<Constant> constants = Constants.shipped();
        return new ProfileCalibration(constants, Constants.atPriors(ProfileCatalog.shipped(), constants), rows);
    }

    /**
     * Runs that it is fitted on or judged by, suspect ones included.
     *
     * @return at least 1
     */
    public int rows() {
        return rows.size();
    }

    /**
     * Fits all constants on all rows.
     *
     * @param cancellation lets the host stop
     * @return the profiles
     */
    public FittedProfiles fit(CancellationToken cancellation) {
        return fitAll(cancellation).summary();
    }

    private FitResult fitAll(CancellationToken cancellation) {
        return new ProfileFit(priors, constants, FitRows.weighted(rows), cancellation)
                .run(new double[constants.size()], ITERATIONS);
    }

    /**
     * Leaves out part after part, fits on the rest and predicts the part.
     *
     * @param part the part that a row belongs to
     * @param progress hears of every part
     * @param cancellation lets the host stop
     * @return one residual a row, by parts
     */
    public List<HeldOutResidual> holdOut(
            Function<Measurement, String> part, ProgressListener progress, CancellationToken cancellation) {
        List<HeldOutResidual> out = new ArrayList<>();
        eachLeftOut(part, progress, cancellation, (left, profiles) -> {
            for (FitRow row : left) {
                out.add(residual(row, Math.exp(row.logPredicted(profiles))));
            }
        });
        return out;
    }

    /**
     * Families of sources that the fit had not seen.
     *
     * @param plain predictions of every row
     * @param calibrated by draw, predictions after calibration on a few of the family's small runs drawn at random, of the
     *     rows that were not drawn; families without so many small runs are predicted as they are
     */
    public record UnseenFamilies(List<HeldOutResidual> plain, List<List<HeldOutResidual>> calibrated) {
        /** Copies the lists. */
        public UnseenFamilies {
            plain = ImmutableList.copyOf(plain);
            calibrated = calibrated.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
        }
    }

    /**
     * Leaves out family after family, fits on the rest and predicts it, as it is and calibrated on a few of its runs.
     *
     * @param points runs that are drawn
     * @param fitUpTo most devices of such a run
     * @param draws how often
     * @param progress hears of every family
     * @param cancellation lets the host stop
     * @return the residuals
     */
    public UnseenFamilies holdOutFamilies(
            int points, int fitUpTo, int draws, ProgressListener progress, CancellationToken cancellation) {
        List<HeldOutResidual> plain = new ArrayList<>();
        List<List<HeldOutResidual>> calibrated = new ArrayList<>();
        for (int draw = 0; draw < draws; draw++) {
            calibrated.add(new ArrayList<>());
        }
        eachLeftOut(Measurement::family, progress, cancellation, (left, profiles) -> {
            left.forEach(row -> plain.add(residual(row, Math.exp(row.logPredicted(profiles)))));
            FewPoints few = new FewPoints(left, profiles, points, fitUpTo);
            for (int draw = 0; draw < draws; draw++) {
                cancellation.throwIfCancelled("calibrating");
                calibrated.get(draw).addAll(few.draw(draw));
            }
        });
        return new UnseenFamilies(plain, calibrated);
    }

    private interface Judge {
        void judge(List<FitRow> left, ProfileSet profiles);
    }

    private void eachLeftOut(
            Function<Measurement, String> part,
            ProgressListener progress,
            CancellationToken cancellation,
            Judge judge) {
        double[] whole = fitAll(cancellation).deviations();
        Map<String, List<FitRow>> parts = rows.stream()
                .collect(Collectors.groupingBy(r -> part.apply(r.measurement()), TreeMap::new, Collectors.toList()));
        int done = 0;
        for (Map.Entry<String, List<FitRow>> left : parts.entrySet()) {
            List<FitRow> rest = rows.stream()
                    .filter(r -> !part.apply(r.measurement()).equals(left.getKey()))
                    .toList();
            FitResult fitted = new ProfileFit(priors, constants, FitRows.weighted(rest), cancellation)
                    .run(Arrays.copyOf(whole, whole.length), ITERATIONS_BESIDE);
            judge.judge(left.getValue(), fitted.profiles());
            progress.progressed(++done, parts.size(), left.getKey());
        }
    }

    static HeldOutResidual residual(FitRow row, double predicted) {
        Measurement m = row.measurement();
        RunTraits traits = RunTraits.of(
                row.mapped().scenario(),
                row.mapped().layout().strategy(),
                row.mapped().layout().devices());
        return new HeldOutResidual(m.id(), m.family(), traits, predicted, Math.exp(row.logSeconds()));
    }
}
