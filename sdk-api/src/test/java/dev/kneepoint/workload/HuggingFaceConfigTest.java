package dev.kneepoint.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of the transformers library; the files under {@code /hf} hold the facts of the released ones. */
class HuggingFaceConfigTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama-2-7b, llama2-7b",
        "llama-3-8b, llama3-8b",
        "mistral-7b, mistral-7b",
        "qwen3-8b, qwen3-8b",
        "mixtral-8x7b, mixtral-8x7b",
        "deepseek-v3, deepseek-v3",
        "qwen3-30b-a3b, qwen3-30b-a3b",
    })
    void aReleasedConfigurationGivesTheShapeOfTheCatalog(String file, String model) {
        TransformerModel read = ModelCatalog.resolve(resource(file).toString());
        assertThat(read.name()).isEqualTo(file);
        assertThat(read.toBuilder().name(model).build()).isEqualTo(ModelCatalog.get(model));
    }

    /** Published: 7.616e9 (model card), 124.4e6 (GPT-2 small), 20.55e9 (arXiv 2204.06745). */
    @ParameterizedTest
    @CsvSource({"qwen2-7b, 7.616e9", "gpt2, 124.4e6", "gpt-neox-20b, 20.55e9"})
    void aReleasedConfigurationGivesThePublishedCount(String file, double published) {
        TransformerModel read = ModelCatalog.resolve(resource(file).toString());
        assertThat(ModelCounts.parameters(read)).isCloseTo(published, Percentage.withPercentage(1));
        assertThat(read.slidingWindow()).isZero();
    }

    @Test
    void gpt2DefaultsAreThoseOfTheLibrary() {
        TransformerModel m = ModelCatalog.resolve(resource("gpt2").toString());
        assertThat(m.ffnHidden()).isEqualTo(4 * 768);
        assertThat(m.tiedEmbeddings()).isTrue();
        assertThat(m.learnedPositions()).isEqualTo(1024);
        assertThat(m.gatedFfn()).isFalse();
    }

    @Test
    void aConfigJsonIsNamedAfterItsFolder() throws IOException {
        Path model = Files.createDirectory(folder.resolve("Llama_2 (7B)"));
        Path file = Files.copy(resource("llama-2-7b"), model.resolve("config.json"));
        assertThat(ModelCatalog.resolve(file.toString()).name()).isEqualTo("llama-2-7b");
    }

    /** Qwen2 uses its window only if told to, and only from layer max_window_layers on. */
    @ParameterizedTest
    @CsvSource({"'', 0, 0", "'\"use_sliding_window\": true,', 4096, 0.25"})
    void qwenWindowsTheLayersBehindTheFirstOnes(String use, int window, double fraction) throws IOException {
        TransformerModel m = read("""
                {"model_type": "qwen2", %s "sliding_window": 4096, "max_window_layers": 6, "hidden_size": 64,
                 "num_hidden_layers": 8, "num_attention_heads": 4, "intermediate_size": 256, "vocab_size": 1000}
                """.formatted(use));
        assertThat(m.slidingWindow()).isEqualTo(window);
        assertThat(m.windowedLayerFraction()).isEqualTo(fraction);
        assertThat(m.kvHeads()).isEqualTo(4);
    }

    @Test
    void sharedExpertsAreRead() throws IOException {
        TransformerModel m = read("""
                {"model_type": "qwen2_moe", "hidden_size": 64, "num_hidden_layers": 8, "num_attention_heads": 4,
                 "intermediate_size": 256, "vocab_size": 1000, "num_experts": 16, "num_experts_per_tok": 4,
                 "moe_intermediate_size": 32, "shared_expert_intermediate_size": 128}
                """);
        assertThat(m.mixture()).contains(new MixtureOfExperts(16, 4, 32, 128, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"decoder_sparse_step\": 2 | decoder_sparse_step | must be 1: experts in only some layers are not supported",
                "\"mlp_only_layers\": [3] | mlp_only_layers | must be empty: experts in only some layers are not supported",
            })
    void mixturesInOnlySomeLayersAreRefused(String extra, String field, String message) {
        refused("""
                {"model_type": "qwen3_moe", "hidden_size": 64, "num_hidden_layers": 8, "num_attention_heads": 4,
                 "intermediate_size": 256, "vocab_size": 1000, "num_experts": 16, "num_experts_per_tok": 4,
                 "moe_intermediate_size": 32,
                 %s}
                """.formatted(extra), ", line 4: field '" + field + "': " + message);
    }

    @Test
    void anUnsupportedTypeNamesTheNearOneAndTheSupported() {
        refused(
                "{\n\"model_type\": \"lama\"}",
                ", line 2: field 'model_type': 'lama' is not supported; did you mean"
                        + " 'llama'?; supported: [deepseek_v2, deepseek_v3, gpt2, gpt_neox, llama, mistral, mixtral, qwen2,"
                        + " qwen2_moe, qwen3, qwen3_moe]");
        refused("{\"model_type\": \"bert\"}", ", line 1: field 'model_type': 'bert' is not supported; supported:");
    }

    @Test
    void missingFieldsAreNamed() {
        refused("{\"architectures\": [\"X\"]}", ", line 1: the field 'model_type' is missing");
        refused("\n{\"model_type\": \"llama\"}", ", line 2: the field 'num_attention_heads' is missing");
        refused("{\"model_type\": \"gpt2\"}", ", line 1: the field 'n_embd' is missing");
        refused("{\"model_type\": \"deepseek_v3\"}", ", line 1: the field 'moe_intermediate_size' is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"4096\" | must be a number, not the text '4096'",
                "true | must be a number, not true",
                "[1] | must be a number, not a list",
                "1.5 | must be a whole number below 2^31, not 1.5",
                "3000000000 | must be a whole number below 2^31, not 3.0E9",
                "0 | hidden must be between 1 and 1048576, not 0",
                "-64 | hidden must be between 1 and 1048576, not -64",
                "1073741824 | hidden must be between 1 and 1048576, not 1073741824",
                "65 | hidden 65 does not divide over 4 heads; give the head size",
            })
    void wrongValuesNameFileLineAndField(String hidden, String message) {
        refused("""
                {"model_type": "llama",
                 "hidden_size": %s,
                 "num_hidden_layers": 8, "num_attention_heads": 4, "intermediate_size": 256, "vocab_size": 1000}
                """.formatted(hidden), ", line 2: field 'hidden_size': " + message);
    }

    @Test
    void productsOfFieldsDoNotWrapAround() {
        refused("""
                {"model_type": "deepseek_v3", "hidden_size": 64, "num_hidden_layers": 8, "num_attention_heads": 4,
                 "intermediate_size": 256, "vocab_size": 1000, "n_routed_experts": 16, "num_experts_per_tok": 4,
                 "moe_intermediate_size": 1048576, "n_shared_experts": 1048576, "kv_lora_rank": 16,
                 "qk_nope_head_dim": 16, "qk_rope_head_dim": 16, "v_head_dim": 16}
                """, ", line 3: field 'n_shared_experts': integer overflow");
        refused(
                "{\"model_type\": \"gpt2\", \"n_embd\": 1073741824, \"n_layer\": 1, \"n_head\": 1, \"vocab_size\": 9}",
                ", line 1: field 'n_embd': hidden must be between 1 and 1048576, not 1073741824");
    }

    private TransformerModel read(String json) throws IOException {
        return ModelCatalog.resolve(
                Files.writeString(folder.resolve("m.json"), json).toString());
    }

    private void refused(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(folder.resolve("m.json") + ", line ")
                .hasMessageContaining(message);
    }

    private static Path resource(String name) {
        try {
            return Path.of(HuggingFaceConfigTest.class
                    .getResource("/hf/" + name + ".json")
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
