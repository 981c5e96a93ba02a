package dev.kneepoint.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a strategy comes to on a number of devices, or what stands against it. */
class LayoutTest {
    /** 32 heads, 32 layers, feed-forward 11,008 = 2^8 * 43, sequences of 4,096. */
    private static final TransformerModel DENSE = ModelCatalog.get("llama2-7b");

    /** 32 heads, 4 key-value heads, 48 layers, 128 experts of width 768. */
    private static final TransformerModel MIXTURE = ModelCatalog.get("qwen3-30b-a3b");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ddp | 0 | 64 | the number of devices must be between 1 and 1048576, not 0 | ''",
                "ddp | -8 | 64 | the number of devices must be between 1 and 1048576, not -8 | ''",
                "ddp | 2147483647 | 64 | the number of devices must be between 1 and 1048576, not 2147483647 | ''",
                "tp=6 | 6 | 64 | tp=6 does not divide 32 heads | nearest: tp=4 or tp=8",
                "tp=64 | 64 | 64 | tp=64 does not divide 32 heads | nearest: tp=32",
                "pp=33 | 33 | 64 | pp=33 makes more stages than the 32 layers | at most 32 stages",
                "pp=16,vpp=3 | 16 | 64 | pp=16 times vpp=3 makes more stages than the 32 layers | at most 32 stages",
                "cp=3 | 3 | 64 | cp=3 does not divide the sequence length 4096 | nearest: cp=2 or cp=4",
                "tp=8,pp=2 | 24 | 64 | tp*pp*cp = 16 does not divide 24 devices | nearest: 16 or 32 devices",
                "tp=8 | 4 | 64 | tp*pp*cp = 8 does not divide 4 devices | nearest: 8 devices",
                "ddp | 24 | 64 | the global batch of 64 sequences does not divide over 24 data-parallel ranks | nearest: 48 or 72"
                        + " sequences, or more of tp, pp or cp",
                "ddp | 128 | 64 | the global batch of 64 sequences does not divide over 128 data-parallel ranks | nearest: 128"
                        + " sequences, or more of tp, pp or cp",
                "mb=3 | 8 | 64 | mb=3 does not divide the 8 sequences of a data-parallel rank | nearest: mb=2 or mb=4",
                "mb=16 | 8 | 64 | mb=16 does not divide the 8 sequences of a data-parallel rank | nearest: mb=8",
                "hsdp=3 | 8 | 64 | hsdp=3 does not divide 8 data-parallel ranks | nearest: hsdp=2 or hsdp=4",
                "hsdp=1000000 | 8 | 64 | hsdp=1000000 does not divide 8 data-parallel ranks | nearest: hsdp=8",
                "ep=2 | 8 | 64 | ep=2 needs a mixture of experts; llama2-7b is dense | ep=1",
                "pp=4,vpp=2,mb=2 | 4 | 12 | the interleaved schedule needs micro-batches in multiples of pp=4, not 6 | nearest: 4"
                        + " or 8 micro-batches (a smaller mb or a larger batch), or vpp=1",
                "pp=4,vpp=2 | 4 | 3 | the interleaved schedule needs micro-batches in multiples of pp=4, not 3 | nearest: 4"
                        + " micro-batches (a smaller mb or a larger batch), or vpp=1",
                "pp=2,split=16-15 | 2 | 64 | split 16-15 adds up to 31 layers | the model has 32",
                "pp=3,split=2147483647-2147483647-34 | 3 | 3 | split 2147483647-2147483647-34 adds up to 4294967328 layers | the"
                        + " model has 32",
            })
    void denseProblemsAndTheNearestChoice(String spec, int devices, int batch, String reason, String nearest) {
        problem(DENSE, spec, devices, batch, reason, nearest);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ep=3 | 24 | 24 | ep=3 does not divide both 128 experts and the 24 ranks of a stage | nearest: ep=2 or ep=4",
                "ep=256 | 256 | 256 | ep=256 does not divide both 128 experts and the 256 ranks of a stage | nearest: ep=128",
                "ep=64 | 8 | 64 | ep=64 does not divide both 128 experts and the 8 ranks of a stage | nearest: ep=8",
            })
    void expertProblems(String spec, int devices, int batch, String reason, String nearest) {
        problem(MIXTURE, spec, devices, batch, reason, nearest);
    }

    @Test
    void theFeedForwardMustDivideOverTensorRanks() {
        TransformerModel odd = DENSE.toBuilder().ffnHidden(4100).build();
        problem(odd, "tp=8", 8, 64, "tp=8 does not divide the feed-forward width 4100", "nearest: tp=4");
        TransformerModel experts = withExperts(100, 0);
        problem(experts, "tp=8", 8, 64, "tp=8 does not divide the expert width 100", "nearest: tp=4, or ep above 1");
        assertThat(of(experts, "tp=4", 8, 64)).isInstanceOf(Feasibility.Feasible.class);
        assertThat(of(experts, "tp=8,ep=2", 8, 64)).isInstanceOf(Feasibility.Feasible.class);
        TransformerModel shared = withExperts(128, 60);
        problem(shared, "tp=8,ep=2", 8, 64, "tp=8 does not divide the shared experts' width 60", "nearest: tp=4");
    }

    private static TransformerModel withExperts(int width, int shared) {
        return MIXTURE.toBuilder()
                .mixture(new MixtureOfExperts(8, 2, width, shared, 0))
                .build();
    }

    @Test
    void aMessageIsReasonAndNearest() {
        assertThat(new Feasibility.Infeasible("a", "b").message()).isEqualTo("a; b");
        assertThat(new Feasibility.Infeasible("a", " ").message()).isEqualTo("a");
    }

    @Test
    void aFeasibleLayoutKnowsEveryDegree() {
        Layout l = layout(DENSE, "fsdp,tp=2,pp=2,cp=2,mb=2,recompute=full", 32, 64);
        assertThat(l.dataParallel()).isEqualTo(4);
        assertThat(l.shardRanks()).isEqualTo(8);
        assertThat(l.microBatches()).isEqualTo(64 / (4 * 2));
        assertThat(l.recompute()).isEqualTo(Recompute.FULL);
        assertThat(l.chunkLayers()).containsExactly(16, 16);
        assertThat(layout(DENSE, "ddp", 8, 8).shardRanks()).isEqualTo(1);
        assertThat(layout(DENSE, "ddp", 8, 8).strategy().microBatch()).hasValue(1);
        assertThat(layout(DENSE, "ddp", 8, 8).recompute()).isEqualTo(Recompute.NONE);
        assertThat(layout(DENSE, "hsdp=4", 8, 8).shardRanks()).isEqualTo(4);
        assertThat(layout(MIXTURE, "tp=4,ep=8", 16, 16).expertTensor()).isEqualTo(1);
        assertThat(layout(MIXTURE, "tp=4,ep=8", 16, 16).expertDataRanks()).isEqualTo(2);
        assertThat(layout(MIXTURE, "tp=4", 16, 16).expertTensor()).isEqualTo(4);
        assertThat(layout(MIXTURE, "tp=4", 16, 16).expertDataRanks()).isEqualTo(4);
    }

    @Test
    void layersThatDoNotDivideGoToTheMiddle() {
        Layout l = layout(DENSE, "pp=5", 5, 5);
        assertThat(l.chunkLayers()).containsExactly(6, 7, 7, 6, 6);
        Layout interleaved = layout(DENSE, "pp=2,vpp=3", 2, 2);
        assertThat(interleaved.chunkLayers()).containsExactly(5, 5, 6, 6, 5, 5);
        assertThat(interleaved.stageLayers(0)).isEqualTo(5 + 6 + 5);
        assertThat(interleaved.stageLayers(1)).isEqualTo(5 + 6 + 5);
        assertThat(layout(DENSE, "pp=2,split=15-17", 2, 2).chunkLayers()).containsExactly(15, 17);
    }

    @Test
    void microBatchChoicesAreTheDivisorsOfTheShare() {
        assertThat(choices("fsdp,mb=5", 8, 96)).containsExactly(1, 2, 3, 4, 6, 12);
        assertThat(choices("tp=8", 8, 4)).containsExactly(1, 2, 4);
        assertThat(choices("tp=8", 12, 4)).isEmpty();
        assertThat(choices("ddp", 8, 12)).isEmpty();
        assertThat(choices("ddp", 0, 12)).isEmpty();
        assertThat(choices("ddp", -8, 12)).isEmpty();
    }

    @Test
    void nothingIsThrownWhateverIsAsked() {
        TransformerModel[] models = {DENSE, MIXTURE, ModelCatalog.get("tiny"), ModelCatalog.get("deepseek-v3")};
        int feasible = 0;
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            ParallelismStrategy s = RandomStrategies.next(random);
            if (seed % 10 == 0) {
                s = ParallelismStrategy.builder()
                        .tensor(1 << 20)
                        .pipeline(1 << 20)
                        .context(1 << 20)
                        .build();
            }
            if (seed % 2 == 1) {
                s = s.toBuilder().expert(1).split(List.of()).build();
            }
            int devices = random.nextInt(3) == 0 ? random.nextInt() : 1 << random.nextInt(14);
            int batch = 1 << random.nextInt(14);
            TrainingWorkload w = TrainingWorkload.bf16(models[random.nextInt(models.length)], 2048, batch);
            try {
                if (Layout.of(w, s, devices) instanceof Feasibility.Feasible f) {
                    feasible++;
                    consistent(w, f.layout(), "seed " + seed);
                }
                Layout.microBatchChoices(w, s, devices);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + s + " on " + devices, e);
            }
        }
        assertThat(feasible).as("feasible ones among them").isGreaterThan(100);
    }

    private static void consistent(TrainingWorkload w, Layout l, String as) {
        ParallelismStrategy s = l.strategy();
        assertThat(l.dataParallel() * s.tensor() * s.pipeline() * s.context())
                .as(as)
                .isEqualTo(l.devices());
        assertThat((long) l.microBatch() * l.microBatches() * l.dataParallel())
                .as(as)
                .isEqualTo(w.globalBatch());
        assertThat(l.chunkLayers().stream().mapToInt(Integer::intValue).sum())
                .as(as)
                .isEqualTo(w.model().layers());
        assertThat(l.chunkLayers())
                .as(as)
                .hasSize(s.pipeline() * s.virtualStages())
                .allMatch(c -> c >= 1);
        assertThat(Layout.microBatchChoices(w, s, l.devices())).as(as).contains(l.microBatch());
    }

    private static List<Integer> choices(String spec, int devices, int batch) {
        return Layout.microBatchChoices(
                TrainingWorkload.bf16(DENSE, 4096, batch), ParallelismStrategy.parse(spec), devices);
    }

    private static Feasibility of(TransformerModel m, String spec, int devices, int batch) {
        return Layout.of(TrainingWorkload.bf16(m, 4096, batch), ParallelismStrategy.parse(spec), devices);
    }

    private static Layout layout(TransformerModel m, String spec, int devices, int batch) {
        return ((Feasibility.Feasible) of(m, spec, devices, batch)).layout();
    }

    private static void problem(
            TransformerModel m, String spec, int devices, int batch, String reason, String nearest) {
        assertThat(of(m, spec, devices, batch)).isEqualTo(new Feasibility.Infeasible(reason, nearest));
    }
}
