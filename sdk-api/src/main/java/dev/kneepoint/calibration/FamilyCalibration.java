package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.spi.CancellationToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Predicts all runs of published sources after calibration on their small ones. The runs of one family of sources share
 * what the family has in common; models, devices with their precision, and layouts differ from it, each the less the
 * fewer small runs speak for it (partial pooling). Reads neither what was measured beyond the limit nor any notes.
 */
@Incubating
public final class FamilyCalibration {
    /** Release, year and table number: what sources of one family differ in. */
    private static final Pattern EDITION = Pattern.compile("(?: \\(v?2| Table ).*");

    private FamilyCalibration() {}

    /**
     * A calibrated prediction.
     *
     * @param multipliers what the small runs changed in the profiles
     * @param seconds the predicted step time
     * @param calibratedOn small runs of the family that it rests on; 0 if it has none, and the profiles are as shipped
     */
    public record Calibrated(Multipliers multipliers, double seconds, int calibratedOn) {}

    /**
     * Predicts rows.
     *
     * @param rows measured and not
     * @param profiles what is calibrated
     * @param fitUpTo most devices of a run that is calibrated on, at least 1
     * @param cancellation lets the host stop
     * @return by id, every row that can be mapped
     */
    public static Map<String, Calibrated> predict(
            List<Measurement> rows, ProfileSet profiles, int fitUpTo, CancellationToken cancellation) {
        Map<String, List<Mapped>> families = new LinkedHashMap<>();
        for (Measurement m : rows) {
            if (MeasurementMapper.map(m) instanceof Mapping.Mapped run) {
                families.computeIfAbsent(family(m.source()), f -> new ArrayList<>())
                        .add(new Mapped(m, with(run, profiles)));
            }
        }
        ImmutableMap.Builder<String, Calibrated> out = ImmutableMap.builder();
        for (List<Mapped> family : families.values()) {
            cancellation.throwIfCancelled("calibrating");
            predictFamily(family, row -> small(row, fitUpTo), out);
        }
        return out.buildKeepingLast();
    }

    /** The name that editions of one source share. */
    static String family(String source) {
        return EDITION.matcher(source).replaceFirst("").strip();
    }

    /** Predicts a family of which some runs are shown, from other profiles than those that ship. */
    static Map<String, Calibrated> predictFamily(List<FitRow> family, Set<FitRow> shown, ProfileSet profiles) {
        List<Mapped> all = new ArrayList<>();
        Map<String, Double> seconds = new HashMap<>();
        for (FitRow row : family) {
            all.add(new Mapped(row.measurement(), with(row.mapped(), profiles)));
            if (shown.contains(row)) {
                seconds.put(row.measurement().id(), Math.exp(row.logSeconds()));
            }
        }
        ImmutableMap.Builder<String, Calibrated> out = ImmutableMap.builder();
        predictFamily(all, r -> Optional.ofNullable(seconds.get(r.measurement().id())), out);
        return out.buildKeepingLast();
    }

    private static Mapping.Mapped with(Mapping.Mapped run, ProfileSet profiles) {
        return new Mapping.Mapped(run.scenario(profiles), run.layout(), run.batchScale(), run.stack());
    }

    private record Mapped(Measurement measurement, Mapping.Mapped run) {
        MeasuredPoint point(double seconds) {
            return new MeasuredPoint(measurement.id(), run.scenario(), run.layout(), run.batchScale(), seconds);
        }
    }

    private static Optional<Double> small(Mapped row, int fitUpTo) {
        return row.run().layout().devices() <= fitUpTo
                ? MeasuredStep.of(row.measurement(), row.run()).map(MeasuredStep::seconds)
                : Optional.empty();
    }

    private static void predictFamily(
            List<Mapped> family,
            Function<Mapped, Optional<Double>> shown,
            ImmutableMap.Builder<String, Calibrated> out) {
        PooledEffects effects = new PooledEffects();
        List<MeasuredPoint> points = new ArrayList<>();
        List<int[]> memberships = new ArrayList<>();
        for (Mapped row : family) {
            shown.apply(row).ifPresent(seconds -> {
                points.add(row.point(seconds));
                memberships.add(effects.join(row.measurement(), row.run()));
            });
        }
        MultiplierFit.Fitted fitted = new MultiplierFit(points, memberships, effects.all(), MultiplierFit.NOISE).run();
        for (Mapped row : family) {
            Multipliers m = fitted.multipliers(effects.known(row.measurement(), row.run()));
            out.put(row.measurement().id(), new Calibrated(m, row.point(1).predicted(m), points.size()));
        }
    }
}
