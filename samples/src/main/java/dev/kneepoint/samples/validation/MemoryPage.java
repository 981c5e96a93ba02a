package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.MemoryErrors;
import dev.kneepoint.calibration.MemoryResidual;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Bytes;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The memory estimate beside the peaks that sources print: by source, the structure of what is left, the worst rows. */
final class MemoryPage {
    private static final int WORST = 20;
    private static final double GB = 1e9;

    private MemoryPage() {}

    static String of(List<MemoryResidual> residuals) {
        Markdown page = new Markdown()
                .heading(1, "Peak memory against the published figure")
                .paragraph(
                        "Written by `kneepoint validate --data measurements.csv --report docs/validation`; do not edit by"
                                + " hand. Error is |estimate/published - 1|, bias the median of estimate/published - 1. The"
                                + " estimate is that of the fullest stage, without the driver's context: sources print what the"
                                + " framework's allocator gave out or held. Most do not say which of the two, nor which rank."
                                + " The figures come from the notes of " + residuals.size()
                                + " rows and are read for this page only.");
        groups().forEach((name, group) -> page.heading(2, "By " + name)
                .table(
                        1,
                        List.of(name, "rows", "median %", "p90 %", "bias %"),
                        MemoryErrors.by(residuals, group).stream()
                                .map(MemoryPage::cells)
                                .toList()));
        return page.heading(2, "Farthest off")
                .table(
                        2,
                        List.of("id", "layout", "published GB", "estimate GB", "error %"),
                        residuals.stream()
                                .sorted(Comparator.comparingDouble(
                                        (MemoryResidual r) -> -Math.abs(Math.log1p(r.relativeError()))))
                                .limit(WORST)
                                .map(MemoryPage::row)
                                .toList())
                .toString();
    }

    private static Map<String, Function<MemoryResidual, String>> groups() {
        Map<String, Function<MemoryResidual, String>> groups = new LinkedHashMap<>();
        groups.put("source", r -> r.measurement().source());
        groups.put("stack", r -> r.scenario().stack().name());
        groups.put("data kind", r -> strategy(r).data().name().toLowerCase(Locale.ROOT));
        groups.put("tensor parallelism", r -> degree(strategy(r).tensor()));
        groups.put("pipeline parallelism", r -> degree(strategy(r).pipeline()));
        groups.put("micro-batch", r -> degree(r.layout().microBatch()));
        groups.put("micro-batches per step", r -> r.layout().microBatches() == 1 ? "one" : "more");
        groups.put("recomputation", r -> r.layout().recompute().name().toLowerCase(Locale.ROOT));
        groups.put("attention", r -> r.scenario().stack().kernels().attention().label());
        return groups;
    }

    private static ParallelismStrategy strategy(MemoryResidual r) {
        return r.layout().strategy();
    }

    /** Padded, so that names sort as numbers do. */
    private static String degree(int degree) {
        return String.format(Locale.ROOT, "%3d", degree);
    }

    private static List<String> cells(MemoryErrors e) {
        return List.of(
                e.name().strip(),
                String.valueOf(e.rows()),
                Wording.percent(e.median()),
                Wording.percent(e.p90()),
                Wording.percent(e.bias()));
    }

    private static List<String> row(MemoryResidual r) {
        return List.of(
                r.measurement().id(),
                strategy(r).toString(),
                gigabytes(r.published()),
                gigabytes(r.predicted()),
                Wording.percent(r.relativeError()));
    }

    private static String gigabytes(Bytes bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes.value() / GB);
    }
}
