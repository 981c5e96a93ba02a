package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Says what does not fit the devices, before anything starts. */
final class MemoryCheck {
    private final ClSession session;
    private final boolean direct;
    private final PlanSample sample;

    MemoryCheck(ClSession session, boolean direct, PlanSample sample) {
        this.session = session;
        this.direct = direct;
        this.sample = sample;
    }

    /**
     * Sizes of all ranks.
     *
     * @throws UnsupportedPlanException if they do not fit, with need, limit and the largest micro-batch that would
     */
    List<RankSizes> check(StepPlan whole) {
        List<RankSizes> sizes = sizes(whole);
        Optional<String> problem = problem(sizes);
        if (problem.isPresent()) {
            OptionalInt fits = largest(whole);
            int now = whole.layout().microBatch();
            throw new UnsupportedPlanException(
                    "micro-batch " + now + ": " + problem.get() + "; "
                            + (fits.isPresent()
                                    ? "the largest micro-batch that fits is " + fits.getAsInt()
                                    : "no smaller micro-batch fits; take a smaller model, a shorter sequence, or more devices"));
        }
        return sizes;
    }

    private List<RankSizes> sizes(StepPlan whole) {
        StepPlan plan = sample.cut(whole);
        RankMap map = new RankMap(plan.layout());
        List<RankSizes> out = new ArrayList<>();
        for (int r = 0; r < plan.layout().devices(); r++) {
            out.add(RankSizes.of(
                    plan, plan.programs().get(map.stage(r)), session.device(r).info(), session.kernels(r), direct));
        }
        return out;
    }

    private Optional<String> problem(List<RankSizes> sizes) {
        Map<Integer, Double> need = new HashMap<>();
        Map<Integer, Integer> ranks = new HashMap<>();
        for (int r = 0; r < sizes.size(); r++) {
            ClDevice device = session.device(r);
            double largest = sizes.get(r).largest();
            if (largest > device.info().allocationBytes()) {
                return Optional.of("the largest buffer of rank " + r + " takes " + Bytes.of(largest) + ", device '"
                        + device.info().name() + "' allows "
                        + new Bytes(device.info().allocationBytes()));
            }
            double sum = need.merge(device.memory(), sizes.get(r).bytes(), Double::sum);
            int count = ranks.merge(device.memory(), 1, Integer::sum);
            if (sum > device.info().globalBytes()) {
                return Optional.of("the buffers of " + count + " of its ranks take " + Bytes.of(sum) + ", device '"
                        + device.info().name() + "' has "
                        + new Bytes(device.info().globalBytes()));
            }
        }
        return Optional.empty();
    }

    private OptionalInt largest(StepPlan whole) {
        ParallelismStrategy strategy = whole.layout().strategy();
        int devices = whole.layout().devices();
        return Layout.microBatchChoices(whole.scenario().workload(), strategy, devices).stream()
                .filter(m -> m < whole.layout().microBatch())
                .filter(m -> fits(whole, strategy.toBuilder().microBatch(m).build()))
                .mapToInt(Integer::intValue)
                .max();
    }

    private boolean fits(StepPlan whole, ParallelismStrategy smaller) {
        return switch (Layout.of(
                whole.scenario().workload(), smaller, whole.layout().devices())) {
            case Feasibility.Feasible f -> {
                try {
                    yield problem(sizes(PlanCompiler.compile(whole.scenario(), f.layout())))
                            .isEmpty();
                } catch (UnsupportedPlanException e) {
                    // Still too large for one array.
                    yield false;
                }
            }
            case Feasibility.Infeasible i -> false;
        };
    }
}
