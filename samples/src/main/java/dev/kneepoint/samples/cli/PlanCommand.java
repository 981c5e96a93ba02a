package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.ProcessGroup;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.report.PlanJson;
import dev.kneepoint.units.Quantity;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint plan}. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description =
                "Prints the compiled plan of one configuration: groups, roles, ops with shapes, bytes, FLOPs, memory.")
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private final ScenarioOptions scenario = new ScenarioOptions();

    @Mixin
    private final ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(names = "--devices", paramLabel = "N", required = true, description = "devices in all")
    private int devices;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    PlanCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        StepPlan plan = Kneepoint.create()
                .plan(configuration.scenario(scenario, devices, spec.commandLine()), configuration.strategy(), devices);
        switch (output.format) {
            case JSON -> PlanJson.write(plan, out);
            case TABLE -> table(plan, out);
            case CSV ->
                throw new CommandLine.ParameterException(spec.commandLine(), "plan prints a table or json, not csv");
        }
        return 0;
    }

    private static void table(StepPlan plan, PrintWriter out) {
        out.println(plan.scenario().workload().model().name() + " on "
                + plan.layout().devices() + " devices, "
                + plan.layout().strategy().spec() + ", " + plan.layout().microBatches() + " micro-batches, executes "
                + Quantity.si(plan.executedFlops(), "FLOP"));
        for (ProcessGroup g : plan.groups()) {
            out.println("group " + g.kind().label() + ": " + g.size() + " ranks, " + g.perDomain()
                    + " per scale-up domain, first " + g.ranks().subList(0, Math.min(8, g.size())));
        }
        for (RankProgram p : plan.programs()) {
            program(plan, p, out);
        }
        memory(plan.memory(), out);
    }

    private static void program(StepPlan plan, RankProgram p, PrintWriter out) {
        out.println();
        out.println("stage " + p.stage() + " (" + p.ranks() + " ranks)");
        for (StreamKind stream : StreamKind.values()) {
            double bytes = plan.bytes(p.stage(), stream);
            if (bytes > 0) {
                out.println("  sends on " + stream.label() + ": " + Quantity.si(bytes, "B") + " per step");
            }
        }
        for (Segment s : p.segments()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("  block", "x", "op", "stream", "FLOPs", "shape"));
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    rows.add(List.of(
                            "  " + b.name(),
                            String.valueOf(b.repeat()),
                            op.name(),
                            op.stream().label(),
                            op.flops() > 0 ? Quantity.si(op.flops(), "") : "-",
                            op.shape()));
                }
            }
            String runs = "  " + s.kind().label() + " of chunk " + s.chunk() + ", runs " + p.runs(s) + " times, "
                    + Quantity.si(s.flops(), "FLOP") + " each";
            StudyTable.table(runs, rows, out);
        }
    }

    private static void memory(MemoryUse m, PrintWriter out) {
        out.println();
        out.println("memory of the fullest device: " + m.total() + " (weights " + m.weights() + ", gradients "
                + m.gradients() + ", optimizer " + m.optimizer() + ", activations " + m.activations() + ", units "
                + m.transientUnits() + ", overhead " + m.overhead() + ")");
    }
}
