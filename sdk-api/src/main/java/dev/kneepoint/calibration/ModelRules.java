package dev.kneepoint.calibration;

import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TransformerModel;
import dev.kneepoint.workload.TransformerModelBuilder;

/** Builds the model of a published run from its shape columns. */
final class ModelRules {
    private static final int DEFAULT_VOCABULARY = 51_200;

    /** A usual length of instruction-tuning examples, tokens. */
    private static final int EXAMPLE_TOKENS = 512;

    private ModelRules() {}

    static TransformerModel build(Measurement m) {
        int layers = m.count("layers", 0);
        int hidden = m.count("hidden", 0);
        int heads = m.count("heads", 0);
        String name = m.text("model").isBlank() ? m.id() : m.text("model");
        if (name.contains("DeepSeek-V3") || name.contains("Kimi")) {
            return latent(m, name, layers, hidden, heads);
        }
        int tensor = m.count("tp", 1);
        int ffn = roundUp(m.count("ffn_hidden", 4 * hidden), tensor);
        TransformerModelBuilder b = TransformerModel.builder(name, layers, hidden, heads)
                .kvHeads(divisor(heads, m.count("kv_heads", heads)))
                .ffnHidden(ffn)
                .gatedFfn(m.flag("glu"))
                .vocabulary(roundUp(m.count("vocab", DEFAULT_VOCABULARY), 128));
        if (name.contains("Qwen3")) {
            b.headSize(128);
        }
        if (name.contains("GPT-OSS")) {
            b.headSize(64).slidingWindow(128, 0.5);
        }
        if (isFineTuning(m)) {
            b.slidingWindow(Math.min(EXAMPLE_TOKENS, m.count("seq_len", EXAMPLE_TOKENS)), 1);
        }
        int experts = m.count("experts", 1);
        if (experts > 1) {
            b.mixture(new MixtureOfExperts(experts, Math.min(experts, m.count("topk", 1)), ffn, 0, 0));
        }
        return b.build();
    }

    /**
     * Supervised fine-tuning packs or pads short examples into a sequence, and attention stays inside an example: runs that
     * say sft, and Paxml's runs of Llama.
     */
    private static boolean isFineTuning(Measurement m) {
        return m.id().contains("sft")
                || m.text("row_ref").contains("SFT")
                || (m.source().contains("Paxml") && m.text("model").contains("Llama"));
    }

    private static TransformerModel latent(Measurement m, String name, int layers, int hidden, int heads) {
        TransformerModel v3 = ModelCatalog.get("deepseek-v3");
        MixtureOfExperts x = v3.mixture().orElseThrow();
        int leading = Math.min(x.leadingDenseLayers(), layers - 1);
        return TransformerModel.builder(name, layers, hidden, heads)
                .headSize(v3.headSize())
                .ffnHidden(v3.ffnHidden())
                .gatedFfn(true)
                .vocabulary(m.count("vocab", v3.vocabulary()))
                .multiTokenHeads(0)
                .mixture(new MixtureOfExperts(
                        m.count("experts", x.experts()),
                        m.count("topk", x.topK()),
                        x.expertFfnHidden(),
                        x.sharedFfnHidden(),
                        leading))
                .latentAttention(v3.latentAttention().orElseThrow())
                .build();
    }

    private static int roundUp(int value, int step) {
        return (value + step - 1) / step * step;
    }

    private static int divisor(int heads, int wanted) {
        return wanted >= 1 && wanted <= heads && heads % wanted == 0 ? wanted : heads;
    }
}
