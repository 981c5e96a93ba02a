package dev.kneepoint.workload;

import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import java.nio.file.Path;
import java.util.Set;

/** Reads models from our own JSON, or hands a Hugging Face configuration on. */
final class ModelFiles {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "layers",
            "hidden",
            "heads",
            "kv_heads",
            "head_size",
            "ffn_hidden",
            "gated_ffn",
            "vocabulary",
            "tied_embeddings",
            "learned_positions",
            "sliding_window",
            "windowed_layer_fraction",
            "multi_token_heads",
            "mixture",
            "latent_attention");

    private ModelFiles() {}

    static TransformerModel read(Path file) {
        JsonValue root = JsonFiles.read(file);
        if (root.has("model_type") || root.has("architectures")) {
            return HuggingFaceConfig.parse(root, nameOf(file));
        }
        return parse(root);
    }

    private static String nameOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        Path base = file.getFileName();
        String own = base == null ? "model" : base.toString().replaceAll("\\.json$", "");
        Path folder = parent == null ? null : parent.getFileName();
        return own.equals("config") && folder != null ? folder.toString() : own;
    }

    static TransformerModel parse(JsonValue v) {
        v.allow(FIELDS);
        TransformerModelBuilder b = TransformerModel.builder(
                        v.text("name"), v.integer("layers"), v.integer("hidden"), v.integer("heads"))
                .ffnHidden(v.integer("ffn_hidden"))
                .gatedFfn(v.get("gated_ffn").bool())
                .vocabulary(v.integer("vocabulary"))
                .tiedEmbeddings(v.bool("tied_embeddings", false))
                .learnedPositions(v.integer("learned_positions", 0))
                .slidingWindow(v.integer("sliding_window", 0), v.number("windowed_layer_fraction", 0))
                .multiTokenHeads(v.integer("multi_token_heads", 0));
        v.find("kv_heads").ifPresent(x -> b.kvHeads(x.integer()));
        v.find("head_size").ifPresent(x -> b.headSize(x.integer()));
        v.find("mixture").ifPresent(x -> b.mixture(mixture(x)));
        v.find("latent_attention").ifPresent(x -> b.latentAttention(latent(x)));
        return v.build(b::build);
    }

    private static MixtureOfExperts mixture(JsonValue x) {
        x.allow(Set.of("experts", "top_k", "expert_ffn_hidden", "shared_ffn_hidden", "leading_dense_layers"));
        return x.build(() -> new MixtureOfExperts(
                x.integer("experts"),
                x.integer("top_k"),
                x.integer("expert_ffn_hidden"),
                x.integer("shared_ffn_hidden", 0),
                x.integer("leading_dense_layers", 0)));
    }

    private static LatentAttention latent(JsonValue x) {
        x.allow(Set.of("query_rank", "key_value_rank", "nope_head_size", "rope_head_size", "value_head_size"));
        return x.build(() -> new LatentAttention(
                x.integer("query_rank", 0),
                x.integer("key_value_rank"),
                x.integer("nope_head_size"),
                x.integer("rope_head_size"),
                x.integer("value_head_size")));
    }
}
