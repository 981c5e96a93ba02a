package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.MeasuredPoint;
import dev.kneepoint.calibration.OwnMeasurements;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.report.PredictionJson;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.ScalingPrediction;
import dev.kneepoint.study.ScalingPredictionBuilder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint predict}. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Calibrates the profiles on your own measured steps and predicts larger sizes, with an interval.",
            "The CSV file has a column for the devices and one for step_time_s, step_time_ms, tokens_per_s or"
                    + " tokens_per_s_per_gpu; what else its rows do not say, the options do."
        })
final class PredictCommand implements Callable<Integer> {
    @Mixin
    private final ScenarioOptions scenario = new ScenarioOptions();

    @Mixin
    private final ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(
            names = "--measured",
            paramLabel = "FILE.csv",
            description = "your measured steps (default: none, the profiles as shipped)")
    private @Nullable Path measured;

    @Option(
            names = "--devices",
            paramLabel = "A..B|N,N",
            defaultValue = "8..2048",
            description = "sizes to predict: doublings from A to B, or a list (default: ${DEFAULT-VALUE})")
    private String devices = "8..2048";

    @Option(
            names = "--interval",
            paramLabel = "PERCENT",
            defaultValue = "80",
            description = "percentage of runs that the intervals are to cover, 1 to 99 (default: ${DEFAULT-VALUE})")
    private double interval = 80;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--out", paramLabel = "FILE.json", description = "writes the prediction as kneepoint.prediction/1")
    private @Nullable Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    PredictCommand() {}

    @Override
    public Integer call() throws Exception {
        ParallelismStrategy strategy = configuration.strategy();
        Scenario base = configuration.scenario(scenario, 1, spec.commandLine());
        OwnMeasurements own = measured == null
                ? new OwnMeasurements(List.of(), List.of())
                : OwnMeasurements.read(
                        measured,
                        new OwnMeasurements.Defaults(
                                base,
                                strategy,
                                optional(configuration.globalBatch),
                                optional(configuration.localBatch)));
        ScalingPredictionBuilder builder = Kneepoint.create()
                .predict(base)
                .strategy(strategy)
                .devices(DeviceSizes.parse(devices))
                .measured(own.points())
                .interval(interval / 100)
                .cancellation(Interrupts.token());
        batch(builder, own.points());
        ScalingPrediction prediction = builder.run();
        if (out != null) {
            AtomicFiles.write(out, w -> PredictionJson.write(prediction, w));
        }
        print(prediction, own.ignored());
        return 0;
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    /** What the options say, else what the measured steps have in common. */
    private void batch(ScalingPredictionBuilder builder, List<MeasuredPoint> points) {
        OptionalInt global = common(points, p -> p.scenario().workload().globalBatch());
        OptionalInt local = common(
                points,
                p -> p.scenario().workload().globalBatch() % p.devices() == 0
                        ? p.scenario().workload().globalBatch() / p.devices()
                        : 0);
        if (configuration.globalBatch != null) {
            builder.strong(configuration.globalBatch);
        } else if (configuration.localBatch != null || points.isEmpty()) {
            builder.weak(configuration.localBatch == null ? 1 : configuration.localBatch);
        } else if (points.size() > 1 && global.isPresent()) {
            builder.strong(global.getAsInt());
        } else if (local.isPresent() && local.getAsInt() > 0) {
            builder.weak(local.getAsInt());
        } else {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "the measured steps keep neither the global batch nor the batch per device; say what larger sizes"
                            + " shall keep with --global-batch or --local-batch");
        }
    }

    private static OptionalInt common(List<MeasuredPoint> points, ToIntFunction<MeasuredPoint> what) {
        int[] distinct = points.stream().mapToInt(what).distinct().toArray();
        return distinct.length == 1 ? OptionalInt.of(distinct[0]) : OptionalInt.empty();
    }

    private void print(ScalingPrediction prediction, List<String> ignored) {
        PrintWriter to = spec.commandLine().getOut();
        switch (output.format) {
            case TABLE -> PredictionTable.print(prediction, ignored, to);
            case JSON -> PredictionJson.write(prediction, to);
            case CSV ->
                throw new CommandLine.ParameterException(spec.commandLine(), "predict prints a table or json, not csv");
        }
        to.flush();
    }
}
