package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.workload.TransformerModel;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SplitRulesTest {
    private static TransformerModel model(int layers, int hidden, int ffn, int vocabulary) {
        return TransformerModel.builder("toy", layers, hidden, 32)
                .ffnHidden(ffn)
                .vocabulary(vocabulary)
                .build();
    }

    /** The head weighs four layers, 20 in all: the eleventh is the first beyond a half, the sixth beyond a quarter. */
    @Test
    void byWeight_largeVocabulary_takesLayersOffTheLastStage() {
        assertThat(SplitRules.byWeight(model(16, 2048, 8192, 131072), 2)).containsExactly(11, 5);
        assertThat(SplitRules.byWeight(model(16, 2048, 8192, 131072), 4)).containsExactly(6, 5, 4, 1);
    }

    /** Llama-3 8B on eight stages: 34.2 layers' weight, so that the first holds five. */
    @Test
    void byWeight_llama3On8Stages_startsWithFive() {
        assertThat(SplitRules.byWeight(model(32, 4096, 14336, 128256), 8))
                .startsWith(5)
                .hasSize(8);
    }

    @Test
    void byWeight_noHeadToSpeakOf_isNearlyEven() {
        List<Integer> split = SplitRules.byWeight(model(32, 4096, 16384, 16), 4);
        assertThat(Collections.max(split) - Collections.min(split)).isLessThanOrEqualTo(2);
    }

    @Test
    void byWeight_anyModel_givesEveryStageALayerAndEveryLayerAStage() {
        Random random = new Random(11);
        for (int i = 0; i < 2000; i++) {
            int stages = 1 << random.nextInt(6);
            int layers = stages + random.nextInt(100);
            TransformerModel m = model(
                    layers,
                    256 * (1 + random.nextInt(64)),
                    256 * (1 + random.nextInt(200)),
                    1 + random.nextInt(300_000));
            List<Integer> split = SplitRules.byWeight(m, stages);
            assertThat(split).as("%s on %s stages", m, stages).hasSize(stages).allMatch(n -> n > 0);
            assertThat(split.stream().mapToInt(Integer::intValue).sum()).isEqualTo(layers);
        }
    }

    @Test
    void map_nanotronWithMoreStagesThanLayersOrChunks_isNoFailure() {
        String[] few = {"gpus", "64", "pp", "64", "source", "nanotron benchmark", "global_batch", "64"};
        assertThat(Rows.skipped(few)).contains("makes more stages than the 32 layers");
        String[] interleaved = {"gpus", "8", "pp", "4", "vpp", "2", "source", "nanotron benchmark", "global_batch", "64"
        };
        assertThat(Rows.mapped(interleaved).layout().chunkLayers()).hasSize(8).containsOnly(4);
    }

    @Test
    void map_nanotronWithStages_splitsByWeight_othersEvenly() {
        String[] shape = {
            "gpus", "8", "pp", "4", "vocab", "131072", "source", "nanotron benchmark", "global_batch", "64"
        };
        Mapping.Mapped m = Rows.mapped(shape);
        assertThat(m.layout().chunkLayers())
                .isEqualTo(SplitRules.byWeight(m.scenario().workload().model(), 4))
                .isNotEqualTo(List.of(8, 8, 8, 8));
        shape[7] = "Somebody";
        assertThat(Rows.mapped(shape).layout().chunkLayers()).containsExactly(8, 8, 8, 8);
    }
}
