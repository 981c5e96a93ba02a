package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.PlanSample;
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
    private final DeviceSet devices;
    private final PlanSample sample;

    MemoryCheck(DeviceSet devices, PlanSample sample) {
        this.devices = devices;
        this.sample = sample;
    }

    /**
     * Sizes of ranks that run at the same time.
     *
     * @param places the ranks, by seat
     * @throws UnsupportedPlanException if they do not fit, with need, limit and the largest micro-batch that would
     */
    List<RankSizes> check(StepPlan whole, List<Place> places) {
        List<RankSizes> sizes = sizes(whole, places);
        Optional<String> problem = problem(places, sizes);
        if (problem.isPresent()) {
            OptionalInt fits = largest(whole, places);
            int now = whole.layout().microBatch();
            throw new UnsupportedPlanException(
                    "micro-batch " + now + ": " + problem.get() + "; "
                            + (fits.isPresent()
                                    ? "the largest micro-batch that fits is " + fits.getAsInt()
                                    : "no smaller micro-batch fits; take a smaller model, a shorter sequence, or more devices"));
        }
        return sizes;
    }

    private List<RankSizes> sizes(StepPlan whole, List<Place> places) {
        StepPlan plan = sample.cut(whole);
        List<RankSizes> out = new ArrayList<>();
        for (int r = 0; r < places.size(); r++) {
            out.add(RankSizes.of(
                    plan,
                    plan.programs().get(places.get(r).stage()),
                    devices.device(r),
                    devices.kernels(r),
                    devices.direct()));
        }
        return out;
    }

    private Optional<String> problem(List<Place> places, List<RankSizes> sizes) {
        Map<Integer, Double> need = new HashMap<>();
        Map<Integer, Integer> ranks = new HashMap<>();
        for (int r = 0; r < sizes.size(); r++) {
            Device device = devices.device(r);
            double largest = sizes.get(r).largest();
            if (largest > device.allocationBytes()) {
                return Optional.of("the largest buffer of rank " + places.get(r).rank() + " takes " + Bytes.of(largest)
                        + ", device '"
                        + device.name() + "' allows "
                        + new Bytes(device.allocationBytes()));
            }
            double sum = need.merge(device.memoryNumber(), sizes.get(r).bytes(), Double::sum);
            int count = ranks.merge(device.memoryNumber(), 1, Integer::sum);
            if (sum > device.memoryBytes()) {
                return Optional.of("the buffers of " + count + " of its ranks take " + Bytes.of(sum) + ", device '"
                        + device.name() + "' has "
                        + new Bytes(device.memoryBytes()));
            }
        }
        return Optional.empty();
    }

    private OptionalInt largest(StepPlan whole, List<Place> places) {
        ParallelismStrategy strategy = whole.layout().strategy();
        int devices = whole.layout().devices();
        return Layout.microBatchChoices(whole.scenario().workload(), strategy, devices).stream()
                .filter(m -> m < whole.layout().microBatch())
                .filter(m ->
                        fits(whole, places, strategy.toBuilder().microBatch(m).build()))
                .mapToInt(Integer::intValue)
                .max();
    }

    private boolean fits(StepPlan whole, List<Place> places, ParallelismStrategy smaller) {
        return switch (Layout.of(
                whole.scenario().workload(), smaller, whole.layout().devices())) {
            case Feasibility.Feasible f -> {
                try {
                    yield problem(places, sizes(PlanCompiler.compile(whole.scenario(), f.layout()), places))
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
