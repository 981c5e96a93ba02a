package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TransformerModel;
import java.util.regex.Pattern;

/**
 * What data-parallel ranks of a published run shard: as printed; else as the words of the source say; else everything,
 * where no layout at all is printed and a device could not hold the model's state.
 */
final class DataKindRules {
    /** ZeRO's third stage by name. */
    static final Pattern ZERO3 = Pattern.compile("\\bzero([- ]?|[- ]stage[- ]?)3\\b");

    private static final Pattern FSDP = Pattern.compile("\\bfsdp2?\\b");
    private static final Pattern PLAIN = Pattern.compile("\\bddp\\b");

    /** Weights and gradients in 16 bits, and Adam's 12 bytes. */
    private static final double STATE_BYTES = 16;

    private DataKindRules() {}

    /** The value of the column, or an inferred one; blank where the stack decides. */
    static String kind(Measurement m, TransformerModel model, Accelerator device) {
        String printed = m.text("dp_kind");
        if (!printed.isBlank()) {
            return printed;
        }
        Words words = Words.place(m);
        if (words.match(FSDP) || words.match(ZERO3)) {
            return "fsdp";
        }
        if (words.match(PLAIN)) {
            return "ddp";
        }
        boolean unknown = m.text("tp").isBlank() && m.text("pp").isBlank() && m.count("gpus", 1) > 1;
        return unknown
                        && STATE_BYTES * ModelCounts.parameters(model)
                                > device.memory().value()
                ? "fsdp"
                : "";
    }

    /** Whether a kind shards weights too. */
    static boolean shardsWeights(String kind) {
        return kind.equals("fsdp") || kind.equals("hsdp") || kind.equals("zero3");
    }
}
