package dev.kneepoint.backend.engine;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What becomes of the products of a plan whose operands are to have eight bits or four. An op of a program counts once for
 * every rank that runs it.
 *
 * @param rounded products of rounded operands
 * @param reasons how many take arrays as they are, by the reason, in words that follow the number
 */
public record QuantisedProducts(int rounded, ImmutableSortedMap<String, Integer> reasons) {
    /**
     * Looks at what the ranks of a plan run.
     *
     * @param alone whether one rank of every stage runs, on the first device
     */
    static QuantisedProducts of(StepPlan plan, DeviceSet devices, boolean alone) {
        RankMap map = new RankMap(plan.layout());
        int ranks = alone ? plan.programs().size() : plan.layout().devices();
        int rounded = 0;
        Map<String, Integer> reasons = new HashMap<>();
        for (int r = 0; r < ranks; r++) {
            int seat = alone ? 0 : r;
            DeviceKernels kernels = devices.kernels(seat);
            NumberFormats formats =
                    devices.device(seat).formats(plan.scenario().workload().precision());
            RankProgram program = plan.programs().get(alone ? r : map.stage(r));
            for (Segment s : program.segments()) {
                for (Block b : s.blocks()) {
                    for (Op op : b.ops()) {
                        if (op instanceof Op.Matmul m && m.quantised()) {
                            Optional<String> reason = ComputeOps.keeps(m, formats, kernels);
                            reason.ifPresent(why -> reasons.merge(why, 1, Integer::sum));
                            rounded += reason.isEmpty() ? 1 : 0;
                        }
                    }
                }
            }
        }
        return new QuantisedProducts(rounded, ImmutableSortedMap.copyOf(reasons));
    }

    /**
     * Products that take arrays as they are.
     *
     * @return how many, for whatever reason
     */
    public int kept() {
        return reasons.values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * The same by reasons.
     *
     * @return for people, for example {@code 4 of odd shapes, 1 that nobody has an algorithm for}; empty if there are none
     */
    public String why() {
        return reasons.entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }
}
