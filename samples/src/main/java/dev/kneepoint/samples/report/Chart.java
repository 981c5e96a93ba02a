package dev.kneepoint.samples.report;

import static dev.kneepoint.samples.report.Table.Cell.number;
import static dev.kneepoint.samples.report.Table.Cell.unknown;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.samples.report.Table.Cell;
import dev.kneepoint.samples.report.Table.Head;
import dev.kneepoint.samples.report.Table.Row;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** The line charts of a study, one figure each, and the tables beside all of its charts. */
enum Chart {
    THROUGHPUT(
            "Throughput",
            "Tokens per second over all devices. The dashed line is ideal: the best rate per device at the smallest"
                    + " size, times the devices.",
            "no size ran") {
        @Override
        OptionalDouble of(ScalingMetrics m) {
            return OptionalDouble.of(m.tokensPerSecond());
        }

        @Override
        String format(double value) {
            return Figures.si(value, "tokens/s");
        }
    },
    MFU(
            "Model FLOPs utilisation (MFU)",
            "Share of the devices' peak that the model's own operations use; recomputation does not count.",
            "the device's peak is unknown for this precision, or no size ran") {
        @Override
        OptionalDouble of(ScalingMetrics m) {
            return m.utilization().map(u -> OptionalDouble.of(u.mfu())).orElseGet(OptionalDouble::empty);
        }

        @Override
        String format(double value) {
            return Figures.percent(value);
        }
    },
    ENERGY(
            "Energy",
            "Tokens per joule of device energy: higher is better. The rest of the node is not in it.",
            "the backend knows no power, or no size ran") {
        @Override
        OptionalDouble of(ScalingMetrics m) {
            return m.energy().map(e -> OptionalDouble.of(e.tokensPerJoule())).orElseGet(OptionalDouble::empty);
        }

        @Override
        String format(double value) {
            return Figures.threeDigits(value) + " tokens/J";
        }
    },
    COST(
            "Cost",
            "US dollars of device time per million tokens: lower is better.",
            "the cluster has no price, or no size ran") {
        @Override
        OptionalDouble of(ScalingMetrics m) {
            return m.usdPerMillionTokens().map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
        }

        @Override
        String format(double value) {
            return Figures.dollars(value);
        }
    };

    private final String title;
    private final String caption;
    private final String whyNone;

    Chart(String title, String caption, String whyNone) {
        this.title = title;
        this.caption = caption;
        this.whyNone = whyNone;
    }

    abstract OptionalDouble of(ScalingMetrics metrics);

    abstract String format(double value);

    String title() {
        return title;
    }

    String caption() {
        return caption;
    }

    /** Why the chart is empty, if it is. */
    String whyNone() {
        return whyNone;
    }

    boolean hasData(StudyResult study) {
        return study.series().stream()
                .flatMap(s -> s.ran().stream())
                .anyMatch(p -> of(p.metrics()).isPresent());
    }

    /** The figure for every size (rows) and series (columns). */
    Table table(StudyResult study) {
        List<Head> head = new ArrayList<>(List.of(Head.number("devices")));
        SortedMap<Integer, List<Cell>> rows = new TreeMap<>();
        for (StudySeries s : study.series()) {
            head.add(Head.number(s.name()));
            s.points().forEach(p -> rows.putIfAbsent(p.devices(), new ArrayList<>()));
        }
        for (StudySeries s : study.series()) {
            rows.forEach((devices, cells) -> cells.add(s.points().stream()
                    .filter(p -> p.devices() == devices)
                    .findFirst()
                    .map(this::cell)
                    .orElseGet(Cell::unknown)));
        }
        return new Table(
                head,
                rows.entrySet().stream()
                        .map(e -> new Row(number(Figures.whole(e.getKey()), e.getKey()), e.getValue(), ""))
                        .toList());
    }

    private Cell cell(StudyPoint point) {
        return switch (point) {
            case StudyPoint.Ran r -> {
                OptionalDouble value = of(r.metrics());
                yield value.isPresent() ? number(format(value.getAsDouble()), value.getAsDouble()) : unknown();
            }
            case StudyPoint.CannotRun c -> new Cell("cannot run", "", 1, "num");
        };
    }

    /** The parts of the step for every series and size. */
    static Table partsTable(StudyResult study) {
        List<Head> head = new ArrayList<>(List.of(Head.text("strategy"), Head.number("devices")));
        for (TimeClass c : TimeClass.values()) {
            head.add(Head.number(c.label().replace('_', ' ')));
        }
        List<Row> rows = new ArrayList<>();
        for (StudySeries s : study.series()) {
            for (StudyPoint p : s.points()) {
                List<Cell> cells = new ArrayList<>(List.of(number(Figures.whole(p.devices()), p.devices())));
                switch (p) {
                    case StudyPoint.Ran r -> {
                        for (TimeClass c : TimeClass.values()) {
                            double share = share(r.metrics(), c);
                            cells.add(number(Figures.percent(share), share));
                        }
                    }
                    case StudyPoint.CannotRun c ->
                        cells.add(Cell.across("cannot run: " + c.reason(), TimeClass.values().length));
                }
                rows.add(new Row(Cell.text(s.name()), cells, ""));
            }
        }
        return new Table(head, rows);
    }

    /** A class of time as a share of the step. */
    static double share(ScalingMetrics metrics, TimeClass which) {
        double total = metrics.meanParts().total();
        return total > 0 ? metrics.meanParts().of(which) / total : 0;
    }
}
