package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares profiles with measured products, attention cores and collectives in isolation: the in-step factors that
 * training adds do not count. Each row's time includes what its measuring tool adds.
 *
 * @since 0.1
 */
@Incubating
public final class Microbenchmarks {
    private Microbenchmarks() {}

    /**
     * Judges products and attention.
     *
     * @param samples the measurements
     * @param profiles the profiles
     * @return every row, predicted or left out
     */
    public static MicrobenchmarkResult products(List<GemmSample> samples, MicrobenchmarkProfiles profiles) {
        ProductCases cases = new ProductCases();
        return new MicrobenchmarkResult(samples.stream()
                .map(s -> ProductCases.leftOut(s)
                        .map(reason -> leftOut(s.device(), s.operation(), s.seconds(), reason))
                        .orElseGet(() -> predicted(cases.of(s), profiles)))
                .toList());
    }

    /**
     * Judges collectives of 1 MiB and more.
     *
     * @param samples the measurements
     * @param profiles the profiles
     * @return every row, predicted or left out
     */
    public static MicrobenchmarkResult collectives(List<CollectiveSample> samples, MicrobenchmarkProfiles profiles) {
        return new MicrobenchmarkResult(samples.stream()
                .map(s -> CollectiveCases.leftOut(s)
                        .map(reason -> leftOut(s.fabric(), s.collective(), s.seconds(), reason))
                        .orElseGet(() -> predicted(CollectiveCases.of(s), profiles)))
                .toList());
    }

    /** All rows that can be predicted. */
    static List<MicrobenchmarkCase> cases(List<GemmSample> products, List<CollectiveSample> collectives) {
        ProductCases rules = new ProductCases();
        List<MicrobenchmarkCase> out = new ArrayList<>();
        products.stream()
                .filter(s -> ProductCases.leftOut(s).isEmpty())
                .map(rules::of)
                .forEach(out::add);
        collectives.stream()
                .filter(s -> CollectiveCases.leftOut(s).isEmpty())
                .map(CollectiveCases::of)
                .forEach(out::add);
        return out;
    }

    private static MicrobenchmarkRow leftOut(String group, String label, double seconds, String reason) {
        return new MicrobenchmarkRow(group, label, seconds, Optional.empty(), Optional.of(reason));
    }

    private static MicrobenchmarkRow predicted(MicrobenchmarkCase c, MicrobenchmarkProfiles profiles) {
        return new MicrobenchmarkRow(
                c.group(), c.label(), c.measuredSeconds(), Optional.of(c.predict(profiles)), Optional.empty());
    }
}
