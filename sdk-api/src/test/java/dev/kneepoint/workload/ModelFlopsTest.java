package dev.kneepoint.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operations against the formulas of PaLM, Megatron and Korthikanti. */
class ModelFlopsTest {
    private static final Percentage EXACT = Percentage.withPercentage(1e-9);

    /** Narayanan, arXiv 2104.04473, eq. (3): 96 B s l h^2 (1 + s/6h + V/16lh), full recomputation included. */
    @ParameterizedTest
    @CsvSource({"megatron-1.7b, 512", "megatron-18b, 1024", "megatron-145b, 2304", "megatron-1t, 3072"})
    void megatronFormula(String name, int batch) {
        TransformerModel m = ModelCatalog.get(name);
        TrainingWorkload w = TrainingWorkload.bf16(m, 2048, batch).withRecompute(Recompute.FULL);
        double l = m.layers();
        double h = m.hidden();
        double expected = 96.0 * batch * 2048 * l * h * h * (1 + 2048 / (6 * h) + m.vocabulary() / (16 * l * h));
        assertThat(ModelCounts.hardwareFlopsPerStep(w, FlopConvention.NON_CAUSAL))
                .isCloseTo(expected, EXACT);
    }

    /** Korthikanti, arXiv 2205.05198, appendix A: 72 B s l h^2 (1 + s/6h + V/12lh) without recomputation. */
    @Test
    void modelFlopsFormula() {
        TransformerModel m = ModelCatalog.get("megatron-530b");
        double l = m.layers();
        double h = m.hidden();
        double expected = 72.0 * 280 * 2048 * l * h * h * (1 + 2048 / (6 * h) + m.vocabulary() / (12 * l * h));
        for (Recompute r : Recompute.values()) {
            TrainingWorkload w = TrainingWorkload.bf16(m, 2048, 280).withRecompute(r);
            assertThat(ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL))
                    .as("recomputation does not count: " + r)
                    .isCloseTo(expected, EXACT);
        }
    }

    /** Korthikanti, section 5: only the two attention products are computed again, 4 B s^2 h per layer. */
    @Test
    void selectiveRecomputationRepeatsTheAttentionCore() {
        TransformerModel m = ModelCatalog.get("megatron-530b");
        TrainingWorkload w = TrainingWorkload.bf16(m, 2048, 280);
        double core = 4.0 * 280 * 2048 * 2048 * m.hidden() * m.layers();
        double none = ModelCounts.hardwareFlopsPerStep(w, FlopConvention.NON_CAUSAL);
        double selective =
                ModelCounts.hardwareFlopsPerStep(w.withRecompute(Recompute.SELECTIVE), FlopConvention.NON_CAUSAL);
        assertThat(none).isEqualTo(ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL));
        assertThat(selective - none).isCloseTo(core, Percentage.withPercentage(1e-6));
    }

    /** PaLM, arXiv 2204.02311, App. B: 6 N + 12 L H Q T operations per token, N without the input embedding. */
    @Test
    void palmFormula() {
        TransformerModel m = ModelCatalog.get("llama2-7b");
        double n = 6.738e9 - 32_000.0 * 4096;
        double expected = (6 * n + 12.0 * 32 * 32 * 128 * 4096) * 4096 * 1024;
        TrainingWorkload w = TrainingWorkload.bf16(m, 4096, 1024);
        assertThat(ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL))
                .isCloseTo(expected, Percentage.withPercentage(0.1));
    }

    @Test
    void causalCountsHalfOfTheAttention() {
        TransformerModel m = ModelCatalog.get("llama3-8b");
        double full = ModelCounts.attentionFlopsPerToken(m, 8192, FlopConvention.NON_CAUSAL);
        assertThat(full).isEqualTo(4.0 * 8192 * 32 * 128 * 32);
        assertThat(ModelCounts.attentionFlopsPerToken(m, 8192, FlopConvention.CAUSAL))
                .isEqualTo(full / 2);
        double difference = ModelCounts.forwardFlopsPerToken(m, 8192, FlopConvention.NON_CAUSAL)
                - ModelCounts.forwardFlopsPerToken(m, 8192, FlopConvention.CAUSAL);
        assertThat(difference).isCloseTo(full / 2, EXACT);
    }

    /** Query q of s meets min(q, window) keys: window - window^2 / 2s on average. */
    @ParameterizedTest
    @CsvSource({"1024, 1024", "4096, 4096", "8192, 4096", "32768, 4096", "65536, 1"})
    void aWindowCutsTheTriangle(int length, int window) {
        TransformerModel m =
                TransformerModel.builder("m", 3, 64, 4).slidingWindow(window, 1).build();
        double keys = 0;
        for (int q = 0; q < length; q++) {
            keys += Math.min(q + 0.5, window);
        }
        double pairs = 4.0 * keys / length * 64 * 3;
        assertThat(ModelCounts.attentionFlopsPerToken(m, length, FlopConvention.CAUSAL))
                .isCloseTo(pairs, Percentage.withPercentage(window == 1 ? 0.01 : 1e-6));
        assertThat(ModelCounts.attentionFlopsPerToken(m, length, FlopConvention.NON_CAUSAL))
                .isEqualTo(4.0 * Math.min(window, length) * 64 * 3);
    }

    @Test
    void onlyTheWindowedShareOfTheLayersIsCut() {
        TransformerModel m =
                TransformerModel.builder("m", 4, 64, 4).slidingWindow(512, 0.75).build();
        double expected = 4.0 * 64 * (3 * 512 + 4096);
        assertThat(ModelCounts.attentionFlopsPerToken(m, 4096, FlopConvention.NON_CAUSAL))
                .isEqualTo(expected);
    }

    /** Keys of 128 + 64 and values of 128: the two products see (192 + 128) / 2 on average. */
    @Test
    void latentAttentionSeesItsOwnHeadSizes() {
        TransformerModel m = ModelCatalog.get("deepseek-v3");
        assertThat(ModelCounts.coreHeadSize(m)).isEqualTo(160);
        assertThat(ModelCounts.coreHeadSize(ModelCatalog.get("llama2-7b"))).isEqualTo(128);
    }

    /** GPT-3's 300e9 tokens took 3.14e23 operations (arXiv 2005.14165, table D.1: 6 N D). */
    @Test
    void gpt3TrainingCompute() {
        TrainingWorkload w = TrainingWorkload.bf16(ModelCatalog.get("gpt3-175b"), 2048, 1536);
        double perToken = ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL) / w.tokensPerStep();
        assertThat(perToken * 300e9).isCloseTo(3.14e23, Percentage.withPercentage(3));
    }

    @Test
    void theLargestStepDoesNotOverflow() {
        TrainingWorkload w = TrainingWorkload.bf16(ModelCatalog.get("megatron-1t"), 1 << 24, 1 << 24);
        assertThat(w.tokensPerStep()).isEqualTo(1L << 48);
        assertThat(ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL))
                .isFinite()
                .isPositive();
    }
}
