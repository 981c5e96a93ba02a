package dev.kneepoint.calibration;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Weights that keep a table of a thousand collectives from outvoting a page of ten: their fabrics differ. Products of one
 * curve weigh the same, since a group of few rows is there another library's.
 */
final class RowWeights {
    private static final double POWER = -0.3;
    private static final double PRODUCT = 0.2;

    private final Map<String, Long> counts;

    RowWeights(List<MicrobenchmarkCase> cases) {
        counts = cases.stream()
                .map(MicrobenchmarkCase::group)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    double of(MicrobenchmarkCase c) {
        return c instanceof MeasuredCollective ? Math.pow(counts.getOrDefault(c.group(), 1L), POWER) : PRODUCT;
    }
}
