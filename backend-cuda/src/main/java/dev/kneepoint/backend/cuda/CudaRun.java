package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.backend.engine.QuantisedProducts;
import dev.kneepoint.backend.engine.StepMeter;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.PowerModel;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;

/** What is known of the GPUs of one process in a run, besides the times. Used for one run. Not for hosts. */
public final class CudaRun implements AutoCloseable {
    private final CudaReport report;
    private final BlasLibraries blas;
    private final boolean tensorFloat;
    private final int ranks;
    private final BoardMeter meter;

    CudaRun(CudaReport report, BlasLibraries blas, boolean tensorFloat, int ranks) {
        this.report = report;
        this.blas = blas;
        this.tensorFloat = tensorFloat;
        this.ranks = ranks;
        this.meter = report.boards().meter(ranks);
    }

    /**
     * Measures beside the steps.
     *
     * @return belongs to this
     */
    public StepMeter meter() {
        return meter;
    }

    /**
     * Mean power of a GPU over the measured steps.
     *
     * @return W; empty if it is not known of every one
     */
    public OptionalDouble watts() {
        return meter.watts();
    }

    /**
     * Energy of a plan's step.
     *
     * @param plan what ran
     * @param median its median step
     * @param watts mean power of a GPU, if it is known
     * @return empty if it is not
     */
    public static Optional<Energy> energy(StepPlan plan, Timeline median, OptionalDouble watts) {
        if (watts.isEmpty()) {
            return Optional.empty();
        }
        double rate = plan.scenario().workload().tokensPerStep()
                / median.step().value()
                / plan.layout().devices();
        return Optional.of(
                PowerModel.measured(watts.getAsDouble(), plan.scenario().cluster(), rate));
    }

    private Arithmetic arithmetic(StepPlan plan, QuantisedProducts quantised) {
        return new Arithmetic(plan.scenario().workload().precision(), blas, tensorFloat, quantised);
    }

    /**
     * What a reader of the figures must know.
     *
     * @param plan what ran
     * @param quantised what became of products of quantised operands
     * @return flags
     */
    public SortedSet<String> flags(StepPlan plan, QuantisedProducts quantised) {
        return report.flags(plan, ranks, meter, arithmetic(plan, quantised));
    }

    /**
     * Where the figures come from.
     *
     * @param plan what ran
     * @param quantised what became of products of quantised operands
     * @return device, driver and libraries, by name
     */
    public SortedMap<String, String> origin(StepPlan plan, QuantisedProducts quantised) {
        ImmutableSortedMap.Builder<String, String> out = report.origin(plan, ranks, meter, arithmetic(plan, quantised));
        return out.build();
    }

    @Override
    public void close() {
        meter.close();
    }
}
