package dev.kneepoint.workload;

import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.internal.json.Suggest;
import java.util.Locale;
import java.util.Set;

/** Reads the {@code config.json} of a Hugging Face model; fields are those of the transformers library. */
final class HuggingFaceConfig {
    private static final Set<String> KNOWN = Set.of(
            "llama",
            "mistral",
            "mixtral",
            "qwen2",
            "qwen3",
            "qwen2_moe",
            "qwen3_moe",
            "gpt2",
            "gpt_neox",
            "deepseek_v2",
            "deepseek_v3");

    private HuggingFaceConfig() {}

    static TransformerModel parse(JsonValue v, String name) {
        String type = v.text("model_type").toLowerCase(Locale.ROOT);
        String clean = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
        return switch (type) {
            case "llama", "mistral", "qwen2", "qwen3" ->
                v.build(() -> llama(v, clean).build());
            case "mixtral" -> v.build(() -> mixtral(v, clean).build());
            case "qwen2_moe", "qwen3_moe" -> v.build(() -> qwenMixture(v, clean).build());
            case "gpt2" -> v.build(() -> gpt2(v, clean).build());
            case "gpt_neox" -> v.build(() -> neox(v, clean).build());
            case "deepseek_v2", "deepseek_v3" ->
                v.build(() -> deepseek(v, clean).build());
            default ->
                throw v.get("model_type")
                        .error("'" + type + "' is not supported"
                                + Suggest.near(type, KNOWN)
                                        .map(n -> "; did you mean '" + n + "'?")
                                        .orElse("")
                                + "; supported: "
                                + KNOWN.stream().sorted().toList());
        };
    }

    private static TransformerModelBuilder llama(JsonValue v, String name) {
        int heads = v.integer("num_attention_heads");
        boolean windowed = v.has("sliding_window") && v.bool("use_sliding_window", true);
        return TransformerModel.builder(name, v.integer("num_hidden_layers"), v.integer("hidden_size"), heads)
                .kvHeads(v.integer("num_key_value_heads", heads))
                .headSize(v.integer("head_dim", 0))
                .ffnHidden(v.integer("intermediate_size"))
                .gatedFfn(true)
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", false))
                .slidingWindow(windowed ? v.integer("sliding_window") : 0, windowed ? 1 : 0);
    }

    private static TransformerModelBuilder mixtral(JsonValue v, String name) {
        return llama(v, name)
                .mixture(new MixtureOfExperts(
                        v.integer("num_local_experts"),
                        v.integer("num_experts_per_tok"),
                        v.integer("intermediate_size"),
                        0,
                        0));
    }

    private static TransformerModelBuilder qwenMixture(JsonValue v, String name) {
        return llama(v, name)
                .mixture(new MixtureOfExperts(
                        v.integer("num_experts"),
                        v.integer("num_experts_per_tok"),
                        v.integer("moe_intermediate_size"),
                        v.integer("shared_expert_intermediate_size", 0),
                        0));
    }

    private static TransformerModelBuilder gpt2(JsonValue v, String name) {
        int hidden = v.integer("n_embd");
        return TransformerModel.builder(name, v.integer("n_layer"), hidden, v.integer("n_head"))
                .ffnHidden(v.integer("n_inner", 4 * hidden))
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", true))
                .learnedPositions(v.integer("n_positions", 1024));
    }

    private static TransformerModelBuilder neox(JsonValue v, String name) {
        return TransformerModel.builder(
                        name,
                        v.integer("num_hidden_layers"),
                        v.integer("hidden_size"),
                        v.integer("num_attention_heads"))
                .ffnHidden(v.integer("intermediate_size"))
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", false));
    }

    private static TransformerModelBuilder deepseek(JsonValue v, String name) {
        int width = v.integer("moe_intermediate_size");
        return TransformerModel.builder(
                        name,
                        v.integer("num_hidden_layers"),
                        v.integer("hidden_size"),
                        v.integer("num_attention_heads"))
                .headSize(v.integer("v_head_dim"))
                .ffnHidden(v.integer("intermediate_size"))
                .gatedFfn(true)
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", false))
                .multiTokenHeads(v.integer("num_nextn_predict_layers", 0))
                .mixture(new MixtureOfExperts(
                        v.integer("n_routed_experts"),
                        v.integer("num_experts_per_tok"),
                        width,
                        v.integer("n_shared_experts", 0) * width,
                        v.integer("first_k_dense_replace", 0)))
                .latentAttention(new LatentAttention(
                        v.integer("q_lora_rank", 0),
                        v.integer("kv_lora_rank"),
                        v.integer("qk_nope_head_dim"),
                        v.integer("qk_rope_head_dim"),
                        v.integer("v_head_dim")));
    }
}
