package dev.kneepoint.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A user's own model file: what is read, and what its errors say. */
class ModelFilesTest {
    private static final String GOOD = """
            {
              "name": "mine",
              "layers": 8,
              "hidden": 512,
              "heads": 8,
              "kv_heads": 4,
              "ffn_hidden": 1536,
              "gated_ffn": true,
              "vocabulary": 32000
            }
            """;
    private static final String MIXTURE = """
            {"name": "mix", "layers": 8, "hidden": 512, "heads": 8, "ffn_hidden": 1536, "gated_ffn": true,
             "vocabulary": 32000, "tied_embeddings": true, "learned_positions": 128, "head_size": 32,
             "sliding_window": 64, "windowed_layer_fraction": 0.5, "multi_token_heads": 1,
             "mixture": {"experts": 16, "top_k": 2, "expert_ffn_hidden": 96, "shared_ffn_hidden": 48,
                         "leading_dense_layers": 2},
             "latent_attention": {"query_rank": 64, "key_value_rank": 32, "nope_head_size": 16,
                                  "rope_head_size": 8, "value_head_size": 32}}
            """;

    @TempDir
    private Path folder;

    @Test
    void aSmallModelTakesTheDefaults() throws IOException {
        TransformerModel expected = TransformerModel.builder("mine", 8, 512, 8)
                .kvHeads(4)
                .ffnHidden(1536)
                .gatedFfn(true)
                .build();
        assertThat(read(GOOD)).isEqualTo(expected);
        assertThat(expected.headSize()).isEqualTo(64);
        assertThat(expected.tiedEmbeddings()).isFalse();
    }

    @Test
    void everyFieldIsRead() throws IOException {
        TransformerModel m = read(MIXTURE);
        assertThat(m.kvHeads()).isEqualTo(8);
        assertThat(m.headSize()).isEqualTo(32);
        assertThat(m.tiedEmbeddings()).isTrue();
        assertThat(m.learnedPositions()).isEqualTo(128);
        assertThat(m.slidingWindow()).isEqualTo(64);
        assertThat(m.windowedLayerFraction()).isEqualTo(0.5);
        assertThat(m.multiTokenHeads()).isEqualTo(1);
        assertThat(m.mixture()).contains(new MixtureOfExperts(16, 2, 96, 48, 2));
        assertThat(m.latentAttention()).contains(new LatentAttention(64, 32, 16, 8, 32));
        assertThat(m.toBuilder().build()).isEqualTo(m);
    }

    /** Line and field of each value that is out of range. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "layers | 8 | 0 | 3 | layers must be between 1 and 10000, not 0",
                "layers | 8 | 2147483647 | 3 | layers must be between 1 and 10000, not 2147483647",
                "layers | 8 | 1e400 | 3 | must be a finite number",
                "layers | 8 | 1e18 | 3 | must be a whole number below 2^31, not 1.0E18",
                "layers | 8 | 8.5 | 3 | must be a whole number below 2^31, not 8.5",
                "hidden | 512 | -512 | 4 | hidden must be between 1 and 1048576, not -512",
                "hidden | 512 | 2147483647 | 4 | hidden must be between 1 and 1048576, not 2147483647",
                "hidden | 512 | 510 | 4 | hidden 510 does not divide over 8 heads; give the head size",
                "heads | 8 | 0 | 5 | heads must be between 1 and 16384, not 0",
                "kv_heads | 4 | 3 | 6 | kvHeads 3 does not divide 8 heads in model 'mine'",
                "kv_heads | 4 | 0 | 6 | kvHeads must be between 1 and 8, not 0",
                "kv_heads | 4 | -4 | 6 | kvHeads must be between 1 and 8, not -4",
                "kv_heads | 4 | 16 | 6 | kvHeads must be between 1 and 8, not 16",
                "ffn_hidden | 1536 | 0 | 7 | ffnHidden must be between 1 and 4194304, not 0",
                "ffn_hidden | 1536 | -1 | 7 | ffnHidden must be between 1 and 4194304, not -1",
                "ffn_hidden | 1536 | \"x\" | 7 | must be a number, not the text 'x'",
                "ffn_hidden | 1536 | {} | 7 | must be a number, not an object",
                "gated_ffn | true | 1 | 8 | must be true or false, not the number 1.0",
                "vocabulary | 32000 | 0 | 9 | vocabulary must be between 1 and 16777216, not 0",
            })
    void wrongValuesNameFileLineAndField(String field, String right, String wrong, int line, String message) {
        String json = GOOD.replace("\"" + field + "\": " + right, "\"" + field + "\": " + wrong);
        assertThat(json).isNotEqualTo(GOOD);
        refused(json, ", line " + line + ": field '" + field + "': " + message);
    }

    @Test
    void headSizesOfZeroAreNotTakenForTheDefault() {
        refused(
                GOOD.replace("\"heads\"", "\"head_size\": 0, \"heads\""),
                ", line 5: field 'head_size': headSize must be between 1 and 4096, not 0");
    }

    @Test
    void nestedErrorsNameTheWholePath() {
        refused(
                MIXTURE.replace("\"top_k\": 2", "\"top_k\": 17"),
                "line 4: field 'mixture.top_k': topK must be between 1" + " and 16, not 17");
        refused(
                MIXTURE.replace("\"leading_dense_layers\": 2", "\"leading_dense_layers\": 8"),
                "leadingDenseLayers 8 leaves no expert layer of 8 in model 'mix'");
        refused(
                MIXTURE.replace("\"experts\"", "\"expert\""),
                "line 4: field 'mixture.expert': is unknown; did you mean" + " 'experts'?");
        refused(
                MIXTURE.replace("\"rope_head_size\": 8", "\"rope_head_size\": 0"),
                "line 7: field" + " 'latent_attention.rope_head_size': ropeHeadSize must be between 1 and 4096, not 0");
        refused(MIXTURE.replace("{\"experts\": 16", "[1], \"x\": {\"y\": 1"), "line 4: field 'x': is unknown");
    }

    @Test
    void namesMustSaySomething() {
        refused(GOOD.replace("mine", " "), ", line 2: field 'name': model name must not be blank");
        refused(GOOD.replace("\"mine\"", "7"), ", line 2: field 'name': must be text, not the number 7.0");
    }

    @Test
    void unknownFieldsSuggestTheNearOne() {
        refused(
                GOOD.replace("vocabulary", "vocabularly"),
                ", line 9: field 'vocabularly': is unknown; did you mean" + " 'vocabulary'?");
        refused(GOOD.replace("vocabulary", "colour"), ", line 9: field 'colour': is unknown");
    }

    @Test
    void missingFieldsAreNamed() {
        refused("{}", ", line 1: the field 'name' is missing");
        refused(GOOD.replace("\"layers\": 8,", ""), ", line 1: the field 'layers' is missing");
        refused(GOOD.replace("\"layers\": 8", "\"layers\": null"), ", line 1: the field 'layers' is missing");
    }

    @Test
    void unknownNamesSuggestTheNearOne() {
        assertThatThrownBy(() -> ModelCatalog.resolve("llama2-7"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown model 'llama2-7'; did you mean 'llama2-7b'? (`kneepoint models` lists them; a file"
                        + " ends in .json)");
        assertThatThrownBy(() -> ModelCatalog.get("")).hasMessageStartingWith("unknown model ''");
        Path missing = folder.resolve("none.json");
        assertThatThrownBy(() -> ModelCatalog.resolve(missing.toString()))
                .hasMessage(missing + ": there is no such file");
    }

    /** Whatever stands in a file, models and clusters answer with the reader's one error. */
    @Test
    void hostileFilesAreRefusedByEveryReader() throws IOException {
        Path deep = Files.writeString(folder.resolve("deep.json"), "{\"name\":".repeat(100_000));
        Path large = folder.resolve("large.json");
        try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength(100_000_000);
        }
        Path cut = Files.writeString(folder.resolve("cut.json"), GOOD.substring(0, GOOD.length() / 2));
        Path twice = Files.writeString(folder.resolve("twice.json"), GOOD.replace("\"hidden\"", "\"layers\""));
        for (Path file : List.of(deep, large, cut, twice)) {
            List<Consumer<String>> readers =
                    List.of(ModelCatalog::resolve, ClusterCatalog::resolve, ProfileCatalog::resolveStack);
            for (Consumer<String> reader : readers) {
                assertThatThrownBy(() -> reader.accept(file.toString()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith(file.toString());
            }
        }
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
}
