package dev.kneepoint.calibration;

import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;

/**
 * The recomputation of a published run. Where a source does not print it: full for stacks that always did; none on Grace
 * hosts, which take what does not fit over their chip-to-chip link, as the published recipes let them; else full where
 * the activations alone exceed the card by a quarter (unfused attention first drops its scores). Total memory is no
 * guide, since state may be offloaded.
 */
final class RecomputeRules {
    private static final double CLEARLY_OVER = 1.25;

    private RecomputeRules() {}

    static Recompute choose(Measurement m, SoftwareStack stack, Scenario scenario, ParallelismStrategyBuilder b) {
        String printed = m.text("activation_ckpt");
        if (!printed.isBlank()) {
            return Recompute.parse(printed);
        }
        if (stack.name().equals("megatron-2021") || stack.name().equals("deepspeed-zero3")) {
            return Recompute.FULL;
        }
        if (scenario.cluster().fabric().network() == NetworkKind.NVL_RACK) {
            return Recompute.NONE;
        }
        int devices = m.count("gpus", 1);
        boolean unfused = stack.kernels().attention() == AttentionKernel.UNFUSED;
        if (!clearlyOver(scenario, Recompute.NONE, b, devices)) {
            return Recompute.NONE;
        }
        return unfused && !clearlyOver(scenario, Recompute.SELECTIVE, b, devices)
                ? Recompute.SELECTIVE
                : Recompute.FULL;
    }

    private static boolean clearlyOver(
            Scenario scenario, Recompute recompute, ParallelismStrategyBuilder b, int devices) {
        var device = scenario.cluster().accelerator();
        TrainingWorkload workload = scenario.workload().withRecompute(recompute);
        return switch (Layout.of(workload, b.build(), devices)) {
            case Feasibility.Infeasible i -> false;
            case Feasibility.Feasible f ->
                MemoryEstimate.of(workload, scenario.stack(), f.layout())
                                .activations()
                                .value()
                        > CLEARLY_OVER * device.memory().value();
        };
    }
}
