package dev.kneepoint.calibration;

import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Layers per pipeline stage of stacks that weigh the output head like layers. Others spread layers evenly, so that the
 * stage with the head is the slowest.
 */
final class SplitRules {
    private SplitRules() {}

    /**
     * nanotron's rule: blocks go to stages in model order, each weighing its parameters in products, and a stage is full
     * with the block that takes the sum over all blocks so far beyond the stage's share ({@code build_model} in its
     * {@code models/base.py}, {@code get_block_compute_costs} of its Llama). A large vocabulary so takes layers off the
     * last stages. A stage that would get the head or a loss alone keeps one layer of its neighbour here.
     */
    static List<Integer> byWeight(TransformerModel model, int stages) {
        double layer =
                4.0 * model.heads() * model.headSize() * model.hidden() + 3.0 * model.ffnHidden() * model.hidden();
        double head = (double) model.vocabulary() * model.hidden();
        double share = (model.layers() * layer + head) / stages;
        List<Integer> split = new ArrayList<>(Collections.nCopies(stages, 0));
        int stage = 0;
        for (int i = 1; i <= model.layers(); i++) {
            split.set(stage, split.get(stage) + 1);
            if (i * layer > share * (stage + 1)) {
                stage++;
            }
        }
        for (int s = stages - 1; s > 0; s--) {
            for (int from = s - 1; split.get(s) == 0; from--) {
                if (split.get(from) > 0) {
                    split.set(from, split.get(from) - 1);
                    split.set(s, 1);
                }
            }
        }
        return split;
    }
}
