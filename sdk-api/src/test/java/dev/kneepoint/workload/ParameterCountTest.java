package dev.kneepoint.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts of the catalog's models against the published ones. */
class ParameterCountTest {
    /** From the papers and model cards; a percent of slack for norms and biases, which we leave out. */
    @ParameterizedTest
    @CsvSource({
        "llama2-1b, 1.10e9",
        "llama2-7b, 6.74e9",
        "llama2-13b, 13.02e9",
        "llama2-70b, 68.98e9",
        "llama3-8b, 8.03e9",
        "llama3-70b, 70.55e9",
        "llama3-405b, 405.9e9",
        "mistral-7b, 7.24e9",
        "gpt3-175b, 175e9",
        "bloom-176b, 176.25e9",
        "mixtral-8x7b, 46.7e9",
        "mixtral-8x22b, 140.6e9",
        "qwen3-0.6b, 0.596e9",
        "qwen3-8b, 8.19e9",
        "qwen3-14b, 14.77e9",
        "qwen3-32b, 32.76e9",
        "qwen3-30b-a3b, 30.53e9",
        "qwen3-235b-a22b, 235.1e9",
        "deepseek-v3, 685e9",
    })
    void publishedCounts(String name, double published) {
        assertThat(ModelCounts.parameters(ModelCatalog.get(name)))
                .as(name)
                .isCloseTo(published, Percentage.withPercentage(1));
    }

    /** Narayanan et al., arXiv 2104.04473, table 1; the counts there have two or three digits. */
    @ParameterizedTest
    @CsvSource({
        "megatron-1.7b, 24, 2304, 24, 1.7e9",
        "megatron-3.6b, 32, 3072, 30, 3.6e9",
        "megatron-7.5b, 32, 4096, 36, 7.5e9",
        "megatron-18b, 48, 6144, 40, 18.4e9",
        "megatron-39b, 64, 8192, 48, 39.1e9",
        "megatron-76b, 80, 10240, 60, 76.1e9",
        "megatron-145b, 96, 12288, 80, 145.6e9",
        "megatron-310b, 128, 16384, 96, 310.1e9",
        "megatron-530b, 128, 20480, 105, 529.6e9",
        "megatron-1t, 160, 25600, 128, 1008.0e9",
    })
    void megatronTable(String name, int heads, int hidden, int layers, double published) {
        TransformerModel m = ModelCatalog.get(name);
        assertThat(m.heads()).isEqualTo(heads);
        assertThat(m.hidden()).isEqualTo(hidden);
        assertThat(m.layers()).isEqualTo(layers);
        double slack = published < 5e9 ? 3 : 1;
        assertThat(ModelCounts.parameters(m)).isCloseTo(published, Percentage.withPercentage(slack));
    }

    /** Their formula (2): P = 12 l h^2 (1 + 13/12h + (V+s)/12lh); the 13/12h are norms and biases. */
    @Test
    void megatronFormula() {
        TransformerModel m = ModelCatalog.get("megatron-145b");
        double l = m.layers();
        double h = m.hidden();
        double expected = 12 * l * h * h * (1 + (51200.0 + 2048) / (12 * l * h));
        assertThat(ModelCounts.parameters(m)).isCloseTo(expected, Percentage.withPercentage(1e-9));
    }

    /** Active parameters as published: input embedding included. */
    @ParameterizedTest
    @CsvSource({
        "mixtral-8x7b, 12.9e9",
        "mixtral-8x22b, 39e9",
        "qwen3-30b-a3b, 3.3e9",
        "qwen3-235b-a22b, 22e9",
        "deepseek-v3, 37e9",
    })
    void publishedActiveCounts(String name, double published) {
        TransformerModel m =
                ModelCatalog.get(name).toBuilder().multiTokenHeads(0).build();
        double active = ModelCounts.activeMatmulWeights(m) + ModelCounts.embeddingWeights(m);
        assertThat(active).as(name).isCloseTo(published, Percentage.withPercentage(2));
    }

    /** The model card: 671B of main model, 14B of multi-token prediction with its shared tables. */
    @Test
    void deepSeekWithoutMultiTokenLayer() {
        TransformerModel m = ModelCatalog.get("deepseek-v3");
        TransformerModel main = m.toBuilder().multiTokenHeads(0).build();
        assertThat(ModelCounts.parameters(main)).isCloseTo(671e9, Percentage.withPercentage(0.5));
        double extra = ModelCounts.parameters(m) - ModelCounts.parameters(main);
        assertThat(extra).isCloseTo(11.5e9, Percentage.withPercentage(2));
    }

    @Test
    void aDenseModelIsActiveAsAWhole() {
        TransformerModel m = ModelCatalog.get("llama2-7b");
        assertThat(ModelCounts.activeMatmulWeights(m))
                .isEqualTo(ModelCounts.parameters(m) - ModelCounts.embeddingWeights(m));
        assertThat(ModelCounts.routedExpertWeights(m)).isZero();
        assertThat(ModelCounts.sharedExpertWeights(m)).isZero();
        assertThat(m.expertLayers()).isZero();
        assertThat(ModelCatalog.get("deepseek-v3").expertLayers()).isEqualTo(58);
    }

    @Test
    void tiedTablesCountOnceButMultiplyTwice() {
        TransformerModel apart =
                TransformerModel.builder("m", 2, 64, 4).vocabulary(1000).build();
        TransformerModel tied = apart.toBuilder().tiedEmbeddings(true).build();
        assertThat(ModelCounts.parameters(apart) - ModelCounts.parameters(tied)).isEqualTo(64_000);
        assertThat(ModelCounts.activeMatmulWeights(tied)).isEqualTo(ModelCounts.activeMatmulWeights(apart));
    }

    /** 4 h^2 of attention and 8 h^2 of feed-forward per layer. */
    @Test
    void twelveSquaresPerLayer() {
        TransformerModel m = TransformerModel.builder("m", 1, 64, 4).build();
        assertThat(ModelCounts.attentionWeights(m)).isEqualTo(4 * 64 * 64);
        assertThat(ModelCounts.denseFfnWeights(m)).isEqualTo(8 * 64 * 64);
    }
}
