package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.Checks;
import java.util.List;
import java.util.Optional;

/**
 * A published peak of device memory beside the estimate of the fullest stage. Sources print what the framework's
 * allocator gave out or held, so the estimate is taken without the driver's context. Which rank printed it and whether
 * the figure is allocated or reserved memory is mostly not stated.
 *
 * @param measurement the row as published
 * @param scenario what ran on what, in our terms
 * @param layout how it ran
 * @param published the published peak, above 0
 * @param predicted the estimate without {@link dev.kneepoint.profile.MemoryHabits#contextBytes}
 */
@Incubating
public record MemoryResidual(
        Measurement measurement, Scenario scenario, Layout layout, Bytes published, Bytes predicted) {
    /** Checks the ranges. */
    public MemoryResidual {
        Checks.positive("published", published.value());
    }

    /**
     * The rows that print a peak and whose configuration is known.
     *
     * @param rows rows of a validation
     * @return in file order, empty if no source prints one
     */
    public static List<MemoryResidual> of(List<ValidationRow> rows) {
        return rows.stream()
                .map(ValidationRow::measurement)
                .map(MemoryResidual::of)
                .flatMap(Optional::stream)
                .toList();
    }

    static Optional<MemoryResidual> of(Measurement m) {
        return PublishedMemory.of(m).flatMap(published -> switch (MeasurementMapper.map(m)) {
            case Mapping.Skipped s -> Optional.empty();
            case Mapping.Mapped p -> Optional.of(beside(m, p, published));
        });
    }

    private static MemoryResidual beside(Measurement m, Mapping.Mapped p, Bytes published) {
        Scenario s = p.scenario();
        MemoryUse use = MemoryEstimate.of(s.workload(), s.stack(), p.layout());
        double allocated = use.total().value() - s.stack().memory().contextBytes();
        return new MemoryResidual(m, s, p.layout(), published, Bytes.of(allocated));
    }

    /**
     * Relative error of the estimate.
     *
     * @return {@code predicted / published - 1}
     */
    public double relativeError() {
        return (double) predicted.value() / published.value() - 1;
    }
}
