package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.report.ChromeTrace;
import dev.kneepoint.report.PointFields;
import dev.kneepoint.samples.report.TrustLines;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.units.Quantity;
import dev.kneepoint.units.Seconds;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "N",
            required = true,
            description = "devices in all; several sizes make a small scaling trial, one row each")
    private List<Integer> devices = List.of();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "sim", description = "default: ${DEFAULT-VALUE}")
    private String backend = "sim";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "a backend's own option; repeatable")
    private Map<String, String> options = Map.of();

    @Mixin
    private final RepetitionOptions repetitions = new RepetitionOptions();

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
        scenario.on(backend);
        if (trace != null && devices.size() > 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--trace is for one size of --devices");
        }
        Kneepoint kneepoint = Kneepoint.create();
        List<Measured> all = new ArrayList<>();
        try (Backend open = kneepoint.backends().open(backend, options)) {
            LeaderOutput leader = LeaderOutput.of(open, spec);
            for (int n : devices) {
                all.add(measure(kneepoint, open, leader, n));
            }
            print(all, leader.out());
        }
        return 0;
    }

    private void print(List<Measured> all, PrintWriter out) throws IOException {
        switch (output.format) {
            case JSON -> RunTable.json(all, out);
            case CSV -> RunTable.csv(all, out);
            case TABLE -> {
                if (all.size() == 1) {
                    table(all.getFirst().plan(), all.getFirst().metrics(), out);
                } else {
                    RunTable.print(all, out);
                }
                trust(all).forEach(out::println);
            }
        }
    }

    /** A size that was run. */
    record Measured(StepPlan plan, ScalingMetrics metrics) {}

    private Measured measure(Kneepoint kneepoint, Backend open, LeaderOutput leader, int n) throws IOException {
        StepPlan plan =
                kneepoint.plan(configuration.scenario(scenario, n, spec.commandLine()), configuration.strategy(), n);
        ExecutionRequest request = new ExecutionRequest(
                plan,
                repetitions.warmup(backend),
                repetitions.steps(backend),
                trace != null,
                Optional.ofNullable(deadline).map(Duration::ofSeconds),
                Interrupts.token());
        ExecutionResult result = open.execute(request);
        if (trace != null) {
            leader.write(trace, w -> ChromeTrace.write(result.timeline(), w));
        }
        return new Measured(plan, Kneepoint.metrics(plan, result));
    }

    private static List<String> trust(List<Measured> all) {
        List<TrustLines.Point> simulated = all.stream()
                .filter(m -> m.metrics().provenance() == Provenance.SIMULATED)
                .map(m -> new TrustLines.Point(
                        m.plan().scenario(),
                        m.plan().layout().strategy(),
                        m.metrics().devices()))
                .toList();
        return TrustLines.of(simulated);
    }

    private static void table(StepPlan plan, ScalingMetrics m, PrintWriter out) {
        out.println(plan.scenario().workload().model().name() + " on " + m.devices() + " x "
                + plan.scenario().cluster().accelerator().name() + ", "
                + plan.layout().strategy().spec());
        out.println(
                "step time            " + m.stepTime() + "  (" + m.provenance().label() + ", "
                        + m.step().samples() + " sample" + (m.step().samples() == 1 ? "" : "s")
                        + (m.step().samples() == 1
                                ? ""
                                : ", " + m.step().p5() + " to " + m.step().p95()) + ")");
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
