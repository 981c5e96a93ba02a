package dev.kneepoint.samples.report;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.Utilization;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.samples.report.Table.Cell;
import dev.kneepoint.samples.report.Table.Head;
import dev.kneepoint.samples.report.Table.Row;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The full table of a study: every series at every size, with every metric. */
final class PointTable {
    private record Column(Head head, Function<StudyPoint.Ran, Cell> cell) {}

    private static final List<Column> COLUMNS = columns();

    private PointTable() {}

    static Table of(StudyResult study) {
        List<Head> head = new ArrayList<>(List.of(Head.text("strategy"), Head.number("devices")));
        double ideal = ChartData.idealPerDevice(study);
        head.add(Head.number("of ideal"));
        COLUMNS.forEach(c -> head.add(c.head()));
        List<Row> rows = new ArrayList<>();
        for (StudySeries s : study.series()) {
            s.points().forEach(p -> rows.add(row(s, p, ideal)));
        }
        return new Table(head, rows);
    }

    private static Row row(StudySeries series, StudyPoint point, double ideal) {
        List<Cell> cells = new ArrayList<>(List.of(Cell.number(Figures.whole(point.devices()), point.devices())));
        switch (point) {
            case StudyPoint.Ran r -> {
                double share = r.metrics().tokensPerSecondPerDevice() / ideal;
                cells.add(Cell.number(Figures.percent(share), share));
                COLUMNS.forEach(c -> cells.add(c.cell().apply(r)));
            }
            case StudyPoint.CannotRun c -> cells.add(Cell.across("cannot run: " + c.reason(), COLUMNS.size() + 1));
        }
        return new Row(Cell.text(series.name()), cells, point instanceof StudyPoint.Ran ? "" : "cannot");
    }

    private static List<Column> columns() {
        ImmutableList.Builder<Column> all = ImmutableList.builder();
        // What decides comes first: the table is wider than most screens.
        all.add(metric("tokens/s", m -> Optional.of(m.tokensPerSecond()), v -> Figures.si(v, "")));
        all.add(metric("tokens/s per device", m -> Optional.of(m.tokensPerSecondPerDevice()), v -> Figures.si(v, "")));
        all.add(number("step time", p -> time(p.metrics().step().median())));
        all.add(metric("MFU", m -> m.utilization().map(Utilization::mfu), Figures::percent));
        all.add(metric("$ per M tokens", ScalingMetrics::usdPerMillionTokens, Figures::dollars));
        all.add(metric("tokens/J", m -> m.energy().map(Energy::tokensPerJoule), Figures::threeDigits));
        for (TimeClass c : TimeClass.values()) {
            String name = c == TimeClass.EXPOSED_COMMUNICATION ? "exposed comm." : c.label();
            all.add(metric(name, m -> Optional.of(Chart.share(m, c)), Figures::percent));
        }
        all.add(metric("HFU", m -> m.utilization().map(Utilization::hfu), Figures::percent));
        all.add(metric("W per device", m -> m.energy().map(Energy::wattsPerDevice), Figures::threeDigits));
        all.add(metric("W with node", m -> m.energy().map(Energy::wattsPerDeviceWithNode), Figures::threeDigits));
        all.add(number(
                "memory", p -> p.metrics().memory().map(PointTable::memory).orElseGet(Cell::unknown)));
        all.add(number("step p5", p -> spread(p.metrics().step(), StepTimes::p5)));
        all.add(number("step p95", p -> spread(p.metrics().step(), StepTimes::p95)));
        all.add(number("micro-batch", p -> Cell.number(Figures.whole(p.microBatch()), p.microBatch())));
        all.add(number("global batch", p -> Cell.number(Figures.whole(p.globalBatch()), p.globalBatch())));
        all.add(text("as it ran", StudyPoint.Ran::strategy));
        all.add(text("how", p -> p.metrics().provenance().label()));
        all.add(text("flags", p -> String.join(", ", p.metrics().flags())));
        return all.build();
    }

    private static Cell time(Seconds t) {
        return Cell.number(Figures.si(t.value(), "s"), t.value());
    }

    /** One step has no spread. */
    private static Cell spread(StepTimes steps, Function<StepTimes, Seconds> which) {
        return steps.samples() > 1 ? time(which.apply(steps)) : Cell.unknown();
    }

    private static Cell memory(MemoryUse use) {
        return Cell.number(Figures.si(use.total().value(), "B"), use.total().value());
    }

    private static Column text(String name, Function<StudyPoint.Ran, String> value) {
        return new Column(Head.text(name), p -> Cell.text(value.apply(p)));
    }

    private static Column number(String name, Function<StudyPoint.Ran, Cell> cell) {
        return new Column(Head.number(name), cell);
    }

    private static Column metric(
            String name, Function<ScalingMetrics, Optional<Double>> value, Function<Double, String> format) {
        return number(
                name,
                p -> value.apply(p.metrics())
                        .map(v -> Cell.number(format.apply(v), v))
                        .orElseGet(Cell::unknown));
    }
}
