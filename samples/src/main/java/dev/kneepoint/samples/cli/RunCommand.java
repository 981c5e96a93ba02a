package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.report.ChromeTrace;
import dev.kneepoint.report.PointFields;
import dev.kneepoint.report.RunJson;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.units.Quantity;
import dev.kneepoint.units.Seconds;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint run}. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Executes one plan on a backend and prints the uniform metrics with their provenance.")
final class RunCommand implements Callable<Integer> {
    @Mixin
    private final ScenarioOptions scenario = new ScenarioOptions();

    @Mixin
    private final ConfigurationOptions configuration = new ConfigurationOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "sim", description = "default: ${DEFAULT-VALUE}")
    private String backend = "sim";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "a backend's own option; repeatable")
    private Map<String, String> options = Map.of();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "1", description = "measured steps")
    private int steps = 1;

    @Option(names = "--warmup", paramLabel = "N", defaultValue = "0", description = "steps before them")
    private int warmup;

    @Option(names = "--deadline", paramLabel = "SECONDS", description = "longest time for the whole run")
    private @Nullable Long deadline;

    @Option(names = "--trace", paramLabel = "FILE.json", description = "writes the timeline for Chrome or Perfetto")
    private @Nullable Path trace;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    RunCommand() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Kneepoint kneepoint = Kneepoint.create();
        StepPlan plan = kneepoint.plan(
                configuration.scenario(scenario, spec.commandLine()), configuration.strategy(), configuration.devices);
        ExecutionRequest request = new ExecutionRequest(
                plan,
                warmup,
                steps,
                trace != null,
                Optional.ofNullable(deadline).map(Duration::ofSeconds),
                Interrupts.token());
        try (Backend open = kneepoint.backends().open(backend, options)) {
            ExecutionResult result = open.execute(request);
            ScalingMetrics metrics = Kneepoint.metrics(plan, result);
            if (trace != null) {
                AtomicFiles.write(trace, w -> ChromeTrace.write(result.timeline(), w));
            }
            switch (output.format) {
                case JSON -> RunJson.write(plan, metrics, out);
                case TABLE -> table(plan, metrics, out);
                case CSV -> csv(metrics, out);
            }
        }
        return 0;
    }

    private static void csv(ScalingMetrics m, PrintWriter out) {
        Map<String, Double> fields = PointFields.of(m);
        out.println(String.join(",", fields.keySet()));
        out.println(
                String.join(",", fields.values().stream().map(String::valueOf).toList()));
    }

    private static void table(StepPlan plan, ScalingMetrics m, PrintWriter out) {
        out.println(plan.scenario().workload().model().name() + " on " + m.devices() + " x "
                + plan.scenario().cluster().accelerator().name() + ", "
                + plan.layout().strategy().spec());
        out.println(
                "step time            " + m.stepTime() + "  (" + m.provenance().label() + ", "
                        + m.step().samples() + " sample" + (m.step().samples() == 1 ? "" : "s") + ")");
        for (TimeClass c : TimeClass.values()) {
            double part = m.meanParts().of(c);
            out.printf(
                    "  %-24s %s  (%s)%n",
                    c.label().replace('_', ' '),
                    new Seconds(part),
                    Quantity.percent(part / m.meanParts().total()));
        }
        out.println("communication busy   " + new Seconds(m.busy().communication()) + "  "
                + m.busy().byAxis());
        PointFields.of(m).forEach((name, value) -> out.printf("%-34s %s%n", name, value));
        m.utilization().ifPresent(u -> out.println("peak " + u.peak() + ", FLOPs counted " + u.convention()));
        m.memory().ifPresent(b -> out.println("memory " + b.total()));
        m.flags().forEach(f -> out.println("flag: " + f));
        m.origin().forEach((k, v) -> out.println(k + ": " + v));
    }
}
