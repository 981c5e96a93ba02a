package dev.kneepoint.calibration;

import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.workload.Recompute;

/**
 * The recomputation of a published run. Where a source does not print it: full for stacks that always did, full where the
 * activations alone exceed the card by a quarter, none otherwise. Total memory is no guide, since state may be offloaded.
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
        var device = scenario.cluster().accelerator();
        return switch (Layout.of(scenario.workload(), b.build(), m.count("gpus", 1))) {
            case Feasibility.Infeasible i -> Recompute.NONE;
            case Feasibility.Feasible f ->
                MemoryEstimate.of(scenario.workload(), stack, f.layout(), device)
                                        .activations()
                                        .value()
                                > CLEARLY_OVER * device.memory().value()
                        ? Recompute.FULL
                        : Recompute.NONE;
        };
    }
}
