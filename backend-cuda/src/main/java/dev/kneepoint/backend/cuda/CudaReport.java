package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.plan.StepPlan;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a reader of a run's figures is told of the GPUs.
 *
 * @param session the devices
 * @param boards their boards
 */
record CudaReport(CudaSession session, Boards boards) {
    /** Until the check kit has run on a GPU, and its figures are in the documentation. */
    private static final String PROOF = "tested on doubles of CUDA; not yet verified on a GPU (docs/cuda.md)";

    /**
     * Flags of a run.
     *
     * @param ranks of this process that run
     */
    SortedSet<String> flags(StepPlan plan, int ranks, BoardMeter meter, Arithmetic arithmetic) {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        out.addAll(meter.flags()).addAll(arithmetic.flags());
        if (cluster(plan, ranks).isPresent()) {
            out.add("cluster-differs");
        }
        return out.build();
    }

    /** What the metrics of a plan are measured by, if it is not what the plan runs on. */
    private Optional<String> cluster(StepPlan plan, int ranks) {
        return session.difference(plan.scenario().cluster().accelerator(), ranks);
    }

    /**
     * Where a run's figures come from, by name.
     *
     * @param ranks of this process that run
     */
    ImmutableSortedMap.Builder<String, String> origin(
            StepPlan plan, int ranks, BoardMeter meter, Arithmetic arithmetic) {
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        if (!boards.answer()) {
            out.put("power", "not measured: " + boards.reason());
        }
        cluster(plan, ranks).ifPresent(difference -> out.put("cluster", difference));
        boards.driverVersion().ifPresent(version -> out.put("driver", version));
        return out.putAll(meter.origin())
                .putAll(arithmetic.origin())
                .put("clock", "device events")
                .put("proof", PROOF)
                .put("cuda", CudaBackendProvider.text(CudaDiscovery.driverVersion()))
                .put("device", session.describe(ranks));
    }
}
