package dev.kneepoint.calibration.probe;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.TrainingWorkload;

/**
 * A plan of a self-check.
 *
 * @param id tells its shape
 * @param workload the training step
 * @param strategy the strategy
 * @param devices ranks
 * @since 0.2
 */
@Incubating
public record DrawnPlan(String id, TrainingWorkload workload, ParallelismStrategy strategy, int devices) {
    /**
     * The plan on a machine.
     *
     * @param machine whose profile and stack it is compiled for
     * @return the plan
     */
    public StepPlan on(MachineProfile machine) {
        return switch (Layout.of(workload, strategy, devices)) {
            case Feasibility.Feasible f -> PlanCompiler.compile(machine.scenario(workload), f.layout());
            case Feasibility.Infeasible i -> throw new IllegalArgumentException(i.message());
        };
    }
}
