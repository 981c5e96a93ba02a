package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.MachineProfile;

/**
 * A small plan whose step time shows what ops do to each other.
 *
 * @param kind what it shows
 * @param label its sizes
 * @param plan the plan, on the base's profile
 */
record SystemProbe(String kind, String label, StepPlan plan) {
    /** The plan on another profile. */
    StepPlan on(MachineProfile machine) {
        return new StepPlan(
                machine.scenario(plan.scenario().workload()),
                plan.layout(),
                plan.groups(),
                plan.programs(),
                plan.memory());
    }
}
