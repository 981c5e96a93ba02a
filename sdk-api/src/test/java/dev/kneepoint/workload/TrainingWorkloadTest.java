package dev.kneepoint.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingWorkloadTest {
    private static final TransformerModel TINY = ModelCatalog.get("tiny");

    @Test
    void sizesAreBounded() {
        assertThatThrownBy(() -> TrainingWorkload.bf16(TINY, 0, 1))
                .hasMessage("sequence length must be between 1 and 16777216, not 0");
        assertThatThrownBy(() -> TrainingWorkload.bf16(TINY, 1, (1 << 24) + 1))
                .hasMessage("global batch must be between 1 and 16777216, not 16777217");
        assertThatThrownBy(() -> new Optimizer(" ", 12, 32)).hasMessage("optimizer name must not be blank");
        assertThatThrownBy(() -> new Optimizer("sgd", -1, 32))
                .hasMessage("stateBytes must be a number of at least 0, not -1.0");
    }

    @Test
    void variantsChangeOneThing() {
        TrainingWorkload w = TrainingWorkload.bf16(TINY, 128, 8);
        assertThat(w.withGlobalBatch(16)).isEqualTo(TrainingWorkload.bf16(TINY, 128, 16));
        assertThat(w.withPrecision(Precision.FP8).precision()).isEqualTo(Precision.FP8);
        assertThat(w.withPrecision(Precision.FP8).withPrecision(Precision.BF16)).isEqualTo(w);
        assertThat(w.withRecompute(Recompute.FULL).withRecompute(Recompute.NONE))
                .isEqualTo(w);
        assertThat(w.tokensPerStep()).isEqualTo(1024);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void precisionsReadBack(Precision p) {
        assertThat(Precision.parse(p.label())).isEqualTo(p);
        assertThat(Precision.parse(p.name())).isEqualTo(p);
        assertThat(p.isQuantised()).isEqualTo(p == Precision.FP8 || p == Precision.FP4);
    }

    @Test
    void bytesFollowTheFormat() {
        Map<Precision, Double> operands = Map.of(
                Precision.FP32, 4.0, Precision.FP16, 2.0, Precision.BF16, 2.0, Precision.FP8, 1.0, Precision.FP4, 0.5);
        operands.forEach((p, bytes) -> {
            assertThat(p.operandBytes()).isEqualTo(bytes);
            assertThat(p.storageBytes()).isEqualTo(p == Precision.FP32 ? 4 : 2);
        });
    }

    @Test
    void unknownNamesListTheKnown() {
        assertThatThrownBy(() -> Precision.parse("fp12"))
                .hasMessage("unknown precision 'fp12'; known: fp32, fp16, bf16, fp8, fp4");
        assertThatThrownBy(() -> Recompute.parse("half"))
                .hasMessage("unknown recompute policy 'half'; known: none, selective, full");
        assertThat(Recompute.parse("FULL")).isEqualTo(Recompute.FULL);
    }

    @Test
    void everyCatalogModelHasAUsableNameAndReadsBack() {
        ModelCatalog.all().forEach((name, m) -> {
            assertThat(name).matches("[a-z0-9.]+(-[a-z0-9.]+)*").isEqualTo(m.name());
            assertThat(ModelCatalog.resolve(name)).isSameAs(m);
            assertThat(m.toBuilder().build()).isEqualTo(m);
        });
        assertThat(ModelCatalog.all()).hasSizeGreaterThanOrEqualTo(25);
    }

    @Test
    void buildersRefuseWhatDoesNotDivide() {
        assertThatThrownBy(() -> TransformerModel.builder("m", 1, 100, 3).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hidden 100 does not divide over 3 heads; give the head size");
        assertThat(TransformerModel.builder("m", 1, 100, 3).headSize(33).build().headSize())
                .isEqualTo(33);
        assertThatThrownBy(
                        () -> TransformerModel.builder("m", 1, 64, 4).kvHeads(3).build())
                .hasMessage("kvHeads 3 does not divide 4 heads in model 'm'");
        assertThatThrownBy(() ->
                        TransformerModel.builder("m", 1, Integer.MAX_VALUE, 1).build())
                .hasMessage("hidden must be between 1 and 1048576, not 2147483647");
        assertThatThrownBy(() -> new MixtureOfExperts(1, 1, 1, 0, 0))
                .hasMessage("experts must be between 2 and 4096, not 1");
        assertThatThrownBy(() -> new LatentAttention(0, 0, 1, 1, 1))
                .hasMessage("keyValueRank must be between 1 and 1048576, not 0");
    }
}
