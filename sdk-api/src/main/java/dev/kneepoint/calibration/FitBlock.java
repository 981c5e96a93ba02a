package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.internal.fit.BoundedFit;
import dev.kneepoint.internal.json.RecordFields;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Constants of one record that are fitted together, and the rows that depend on them.
 *
 * @param name what is fitted
 * @param bounds the constants
 * @param rows whether a row depends on them
 * @param get reads the record
 * @param set replaces it
 */
record FitBlock(
        String name,
        List<Bound> bounds,
        Predicate<MicrobenchmarkCase> rows,
        Function<MicrobenchmarkProfiles, Record> get,
        BiFunction<MicrobenchmarkProfiles, Record, MicrobenchmarkProfiles> set) {
    /** Fewer rows would tune a constant to one page of one source. */
    static final int ROWS_PER_CONSTANT = 2;

    private static final MathContext DIGITS = new MathContext(4);

    FitBlock {
        bounds = ImmutableList.copyOf(bounds);
    }

    /** A constant's name in files, and its range by physics. */
    record Bound(String name, double low, double high) {}

    MicrobenchmarkProfiles fit(MicrobenchmarkProfiles profiles, List<MicrobenchmarkCase> cases, RowWeights weights) {
        List<MicrobenchmarkCase> own = cases.stream().filter(rows).toList();
        if (own.size() < ROWS_PER_CONSTANT * bounds.size()) {
            return profiles;
        }
        double[] start = values(get.apply(profiles));
        double[] low = bounds.stream().mapToDouble(Bound::low).toArray();
        double[] high = bounds.stream().mapToDouble(Bound::high).toArray();
        double[] found = BoundedFit.minimise(start, low, high, x -> residuals(with(profiles, x), own, weights));
        for (int i = 0; i < found.length; i++) {
            found[i] = new BigDecimal(found[i]).round(DIGITS).doubleValue();
        }
        return with(profiles, found);
    }

    private static double[] residuals(
            MicrobenchmarkProfiles profiles, List<MicrobenchmarkCase> cases, RowWeights weights) {
        return cases.stream()
                .mapToDouble(c -> weights.of(c) * Math.log(c.predict(profiles) / c.measuredSeconds()))
                .toArray();
    }

    private MicrobenchmarkProfiles with(MicrobenchmarkProfiles profiles, double[] x) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < x.length; i++) {
            values.put(bounds.get(i).name(), x[i]);
        }
        return set.apply(profiles, RecordFields.with(get.apply(profiles), values));
    }

    private double[] values(Record record) {
        return bounds.stream()
                .mapToDouble(b -> RecordFields.number(record, b.name()))
                .toArray();
    }

    List<FittedConstant> changes(
            MicrobenchmarkProfiles before, MicrobenchmarkProfiles after, List<MicrobenchmarkCase> cases) {
        double[] old = values(get.apply(before));
        double[] now = values(get.apply(after));
        int count = (int) cases.stream().filter(rows).count();
        List<FittedConstant> out = new ArrayList<>();
        for (int i = 0; i < old.length; i++) {
            out.add(new FittedConstant(name, bounds.get(i).name(), old[i], now[i], count));
        }
        return out;
    }
}
