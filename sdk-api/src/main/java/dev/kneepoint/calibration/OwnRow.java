package dev.kneepoint.calibration;

import dev.kneepoint.cost.MicroBatchChoice;
import dev.kneepoint.internal.csv.CsvLine;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** One row of a user's own measurements. */
final class OwnRow {
    private final Path file;
    private final CsvLine line;
    private final Map<OwnColumn, String> columns;
    private final OwnMeasurements.Defaults defaults;

    OwnRow(Path file, CsvLine line, Map<OwnColumn, String> columns, OwnMeasurements.Defaults defaults) {
        this.file = file;
        this.line = line;
        this.columns = columns;
        this.defaults = defaults;
    }

    boolean isBlank(OwnColumn column) {
        return text(column).isBlank();
    }

    MeasuredPoint point(OwnColumn time) {
        int devices = devices();
        Scenario scenario = scenario();
        Layout layout = layout(scenario, strategy(), devices);
        double value = positive(time);
        double tokens = scenario.workload().tokensPerStep();
        double seconds = switch (time) {
            case STEP_SECONDS -> value;
            case STEP_MILLIS -> value / 1e3;
            case TOKENS_PER_SECOND -> tokens / value;
            case TOKENS_PER_SECOND_PER_DEVICE -> tokens / (value * devices);
            default -> throw new IllegalStateException("not a time: " + time);
        };
        return new MeasuredPoint(where(), scenario, layout, 1, seconds);
    }

    private int devices() {
        int devices = count(OwnColumn.DEVICES, 0);
        if (devices == 0) {
            throw wrong(OwnColumn.DEVICES, "a whole number of at least 1");
        }
        return devices;
    }

    /** A run that our memory estimate refuses ran all the same. */
    private Layout layout(Scenario scenario, ParallelismStrategy strategy, int devices) {
        if (MicroBatchChoice.quickest(scenario, strategy, devices) instanceof Feasibility.Feasible f) {
            return f.layout();
        }
        return switch (Layout.of(scenario.workload(), strategy, devices)) {
            case Feasibility.Feasible f -> f.layout();
            case Feasibility.Infeasible i ->
                throw new IllegalArgumentException(where() + ": describes no legal run: " + i.message());
        };
    }

    private Scenario scenario() {
        TrainingWorkload w = defaults.scenario().workload();
        return defaults.scenario()
                .withWorkload(new TrainingWorkload(
                        parsed(OwnColumn.MODEL, w.model(), ModelCatalog::resolve),
                        count(OwnColumn.SEQUENCE, w.sequenceLength()),
                        globalBatch(),
                        parsed(OwnColumn.PRECISION, w.precision(), Precision::parse),
                        parsed(OwnColumn.RECOMPUTE, w.recompute(), Recompute::parse),
                        w.optimizer()));
    }

    private int globalBatch() {
        int local = count(OwnColumn.LOCAL_BATCH, defaults.localBatch().orElse(0));
        int global = count(
                OwnColumn.GLOBAL_BATCH,
                isBlank(OwnColumn.LOCAL_BATCH) ? defaults.globalBatch().orElse(0) : 0);
        if (global == 0 && local == 0) {
            throw new IllegalArgumentException(where() + ": nothing says how many sequences a step has; add a column"
                    + " global_batch or local_batch, or give --global-batch or --local-batch");
        }
        return global > 0 ? global : Math.multiplyExact(local, devices());
    }

    private ParallelismStrategy strategy() {
        ParallelismStrategyBuilder b = defaults.strategy().toBuilder();
        degree(
                OwnColumn.TENSOR,
                tp -> b.tensor(tp)
                        .sequenceParallel(tp > 1
                                && (defaults.strategy().tensor() == 1
                                        || defaults.strategy().sequenceParallel())));
        degree(OwnColumn.PIPELINE, b::pipeline);
        degree(OwnColumn.VIRTUAL, b::virtualStages);
        degree(OwnColumn.CONTEXT, b::context);
        degree(OwnColumn.EXPERT, b::expert);
        degree(OwnColumn.MICRO_BATCH, b::microBatch);
        if (!isBlank(OwnColumn.DATA_KIND)) {
            ParallelismStrategy named = parsed(OwnColumn.DATA_KIND, defaults.strategy(), ParallelismStrategy::parse);
            if (named.data() == DataKind.HSDP) {
                b.hsdp(named.shardGroup());
            } else {
                b.data(named.data());
            }
        }
        try {
            return b.build();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where() + ": describes no legal run: " + e.getMessage(), e);
        }
    }

    private void degree(OwnColumn column, IntConsumer set) {
        if (!isBlank(column)) {
            set.accept(count(column, 1));
        }
    }

    private <T> T parsed(OwnColumn column, T otherwise, Function<String, T> parser) {
        if (isBlank(column)) {
            return otherwise;
        }
        try {
            return parser.apply(text(column));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where() + ", column '" + name(column) + "': " + e.getMessage(), e);
        }
    }

    private int count(OwnColumn column, int otherwise) {
        if (isBlank(column)) {
            return otherwise;
        }
        double value = number(column, "a whole number of at least 1");
        if (value < 1 || value != Math.rint(value) || value > Integer.MAX_VALUE) {
            throw wrong(column, "a whole number of at least 1");
        }
        return (int) value;
    }

    private double positive(OwnColumn column) {
        double value = number(column, "a number above 0");
        if (!(value > 0) || Double.isInfinite(value)) {
            throw wrong(column, "a number above 0");
        }
        return value;
    }

    private double number(OwnColumn column, String want) {
        try {
            return Double.parseDouble(text(column).replace(",", ""));
        } catch (NumberFormatException e) {
            throw wrong(column, want);
        }
    }

    private IllegalArgumentException wrong(OwnColumn column, String want) {
        return new IllegalArgumentException(
                where() + ", column '" + name(column) + "': want " + want + ", not '" + text(column) + "'");
    }

    private String name(OwnColumn column) {
        return columns.getOrDefault(column, column.preferred());
    }

    private String text(OwnColumn column) {
        return line.cells().getOrDefault(columns.getOrDefault(column, ""), "");
    }

    private String where() {
        return file + ", line " + line.number();
    }
}
