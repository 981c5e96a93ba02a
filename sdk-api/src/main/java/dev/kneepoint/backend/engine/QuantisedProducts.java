package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;

/**
 * What becomes of the products of a plan whose operands are to have eight bits or four. An op of a program counts once for
 * every rank that runs it.
 *
 * @param rounded products of rounded operands
 * @param kept products that take arrays as they are, for the device or for their shapes
 */
public record QuantisedProducts(int rounded, int kept) {
    /**
     * Looks at what the ranks of a plan run.
     *
     * @param alone whether one rank of every stage runs, on the first device
     */
    static QuantisedProducts of(StepPlan plan, DeviceSet devices, boolean alone) {
        RankMap map = new RankMap(plan.layout());
        int ranks = alone ? plan.programs().size() : plan.layout().devices();
        int rounded = 0;
        int kept = 0;
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
                            boolean rounds = ComputeOps.rounds(m, formats, kernels);
                            rounded += rounds ? 1 : 0;
                            kept += rounds ? 0 : 1;
                        }
                    }
                }
            }
        }
        return new QuantisedProducts(rounded, kept);
    }
}
