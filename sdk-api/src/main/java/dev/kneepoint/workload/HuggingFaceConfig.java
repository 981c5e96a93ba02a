package dev.kneepoint.workload;

import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.internal.json.Suggest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    /** What our names are called there. */
    private static final Map<String, List<String>> FIELDS = Map.ofEntries(
            Map.entry("layers", List.of("num_hidden_layers", "n_layer")),
            Map.entry("hidden", List.of("hidden_size", "n_embd")),
            Map.entry("heads", List.of("num_attention_heads", "n_head")),
            Map.entry("kvHeads", List.of("num_key_value_heads")),
            Map.entry("headSize", List.of("head_dim", "v_head_dim")),
            Map.entry("ffnHidden", List.of("intermediate_size", "n_inner")),
            Map.entry("vocabulary", List.of("vocab_size")),
            Map.entry("learnedPositions", List.of("n_positions")),
            Map.entry("slidingWindow", List.of("sliding_window")),
            Map.entry("multiTokenHeads", List.of("num_nextn_predict_layers")),
            Map.entry("experts", List.of("num_local_experts", "num_experts", "n_routed_experts")),
            Map.entry("topK", List.of("num_experts_per_tok")),
            Map.entry("expertFfnHidden", List.of("moe_intermediate_size", "intermediate_size")),
            Map.entry("sharedFfnHidden", List.of("shared_expert_intermediate_size", "n_shared_experts")),
            Map.entry("leadingDenseLayers", List.of("first_k_dense_replace")),
            Map.entry("queryRank", List.of("q_lora_rank")),
            Map.entry("keyValueRank", List.of("kv_lora_rank")),
            Map.entry("nopeHeadSize", List.of("qk_nope_head_dim")),
            Map.entry("ropeHeadSize", List.of("qk_rope_head_dim")),
            Map.entry("valueHeadSize", List.of("v_head_dim")));

    private HuggingFaceConfig() {}

    static TransformerModel parse(JsonValue v, String name) {
        String type = v.text("model_type").toLowerCase(Locale.ROOT);
        String clean =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-").replaceAll("^-+(?=.)|(?<=.)-+$", "");
        return switch (type) {
            case "llama", "mistral", "qwen2", "qwen3" ->
                v.build(() -> llama(v, clean).build(), FIELDS);
            case "mixtral" -> v.build(() -> mixtral(v, clean).build(), FIELDS);
            case "qwen2_moe", "qwen3_moe" -> v.build(() -> qwenMixture(v, clean).build(), FIELDS);
            case "gpt2" -> v.build(() -> gpt2(v, clean).build(), FIELDS);
            case "gpt_neox" -> v.build(() -> neox(v, clean).build(), FIELDS);
            case "deepseek_v2", "deepseek_v3" ->
                v.build(() -> deepseek(v, clean).build(), FIELDS);
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
        TransformerModelBuilder b = TransformerModel.builder(
                        name, v.integer("num_hidden_layers"), v.integer("hidden_size"), heads)
                .kvHeads(v.integer("num_key_value_heads", heads))
                .ffnHidden(v.integer("intermediate_size"))
                .gatedFfn(true)
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", false));
        v.find("head_dim").ifPresent(x -> b.headSize(x.integer()));
        return window(v, b);
    }

    /** Qwen has its window off unless told otherwise, and then windows the layers behind the first ones. */
    private static TransformerModelBuilder window(JsonValue v, TransformerModelBuilder b) {
        boolean qwen = v.text("model_type").toLowerCase(Locale.ROOT).startsWith("qwen");
        if (!v.has("sliding_window") || !v.bool("use_sliding_window", !qwen)) {
            return b;
        }
        double layers = v.integer("num_hidden_layers");
        double whole = qwen ? Math.min(layers, v.integer("max_window_layers", 28)) : 0;
        return b.slidingWindow(v.integer("sliding_window"), (layers - whole) / layers);
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
        if (v.integer("decoder_sparse_step", 1) != 1) {
            throw v.get("decoder_sparse_step").error("must be 1: experts in only some layers are not supported");
        }
        if (v.has("mlp_only_layers") && !v.get("mlp_only_layers").list().isEmpty()) {
            throw v.get("mlp_only_layers").error("must be empty: experts in only some layers are not supported");
        }
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
        TransformerModelBuilder b = TransformerModel.builder(name, v.integer("n_layer"), hidden, v.integer("n_head"))
                .vocabulary(v.integer("vocab_size"))
                .tiedEmbeddings(v.bool("tie_word_embeddings", true))
                .learnedPositions(v.integer("n_positions", 1024));
        v.find("n_inner").ifPresent(x -> b.ffnHidden(x.integer()));
        return b;
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
        if (v.integer("moe_layer_freq", 1) != 1) {
            throw v.get("moe_layer_freq").error("must be 1: experts in only some layers are not supported");
        }
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
                        v.find("n_shared_experts")
                                .map(x -> x.build(() -> Math.multiplyExact(x.integer(), width)))
                                .orElse(0),
                        v.integer("first_k_dense_replace", 0)))
                .latentAttention(new LatentAttention(
                        v.integer("q_lora_rank", 0),
                        v.integer("kv_lora_rank"),
                        v.integer("qk_nope_head_dim"),
                        v.integer("qk_rope_head_dim"),
                        v.integer("v_head_dim")));
    }
}
