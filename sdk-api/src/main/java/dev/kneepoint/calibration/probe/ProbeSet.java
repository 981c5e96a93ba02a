package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;
import dev.kneepoint.workload.TransformerModel;
import java.util.List;

/**
 * Ops that are probed in one plan.
 *
 * @param name for progress
 * @param model gives rows their width and vocabulary; its layers do not run
 * @param strategy of the plan whose groups the ops use
 * @param ranks ranks that run the ops, all at once
 * @param repeats times that each op runs in a step, at least 2: the first is left out
 * @param ops the ops
 */
record ProbeSet(String name, TransformerModel model, String strategy, int ranks, int repeats, List<Op> ops) {
    ProbeSet {
        ops = List.copyOf(ops);
    }

    ProbeSet on(int otherRanks) {
        return new ProbeSet(name, model, strategy, otherRanks, repeats, ops);
    }

    /** The largest model width that the sets use stands for all: rows differ, not the kernels. */
    static TransformerModel model(int hidden, int heads, int headSize, int vocabulary) {
        return TransformerModel.builder("probe", 2, hidden, heads)
                .kvHeads(heads)
                .headSize(headSize)
                .ffnHidden(4 * hidden)
                .gatedFfn(false)
                .vocabulary(vocabulary)
                .build();
    }
}
