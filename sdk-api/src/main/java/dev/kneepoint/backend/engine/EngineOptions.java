package dev.kneepoint.backend.engine;

import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import java.time.Duration;
import java.util.SortedSet;

/**
 * How plans are run.
 *
 * @param backend name of the backend, which is also the prefix of its options
 * @param sample how much of a plan is run
 * @param alone whether one rank of every stage runs, without the others: what they would do together is simulated
 * @param timeout longest wait for a rank that issues nothing, or a device that does not come to an end
 */
public record EngineOptions(String backend, PlanSample sample, boolean alone, Duration timeout) {
    /**
     * How figures of a plan come about.
     *
     * @param plan the plan
     * @return measured whole, multiplied out of a sample, or measured kernels with simulated transfers
     */
    public Provenance provenance(StepPlan plan) {
        if (alone) {
            return Provenance.MIXED;
        }
        return sample.cuts(plan) ? Provenance.EXTRAPOLATED : Provenance.MEASURED;
    }

    /**
     * What a reader of the figures must know about how the plan was run.
     *
     * @param plan the plan
     * @param devices that ranks have
     * @return flags
     */
    public SortedSet<String> flags(StepPlan plan, int devices) {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        if (alone) {
            out.add("communication-simulated");
        } else if (plan.layout().devices() > devices) {
            out.add("oversubscribed");
        }
        if (sample.cuts(plan)) {
            out.add("sampled");
        }
        return out.build();
    }
}
