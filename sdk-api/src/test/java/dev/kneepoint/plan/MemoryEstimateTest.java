package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.MemoryHabits;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import org.junit.jupiter.api.Test;

/** Llama-2 7B at 4,096 tokens: 32 layers, hidden 4,096, 32 heads, gated FFN of 11,008, 32,000 words. */
class MemoryEstimateTest {
    private static final double TOKENS = 4096;
    private static final double HIDDEN = 4096;

    /** Inputs of norms and products 4h, queries, keys, values and output 4h, and three of the gated FFN, 2 bytes each. */
    private static final double LAYER = 2 * TOKENS * (4 * HIDDEN + 4 * HIDDEN + 3 * 11008);

    private static final double LOGITS = TOKENS * 32000;

    private static SoftwareStack stack(double reserve, double context) {
        SoftwareStack fused =
                ProfileCatalog.stack("megatron-core-2024").with("kernels.attention", AttentionKernel.FLASH2);
        MemoryHabits habits = new MemoryHabits(2, 4, 10, 0.5, reserve, context);
        return fused.with("memory", habits);
    }

    private static MemoryUse use(SoftwareStack stack, Recompute recompute, String strategy) {
        TrainingWorkload workload =
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 32).withRecompute(recompute);
        return switch (Layout.of(workload, ParallelismStrategy.parse(strategy), 8)) {
            case Feasibility.Feasible f -> MemoryEstimate.of(workload, stack, f.layout());
            case Feasibility.Infeasible i -> throw new AssertionError(i);
        };
    }

    private static void activations(MemoryUse use, double expected) {
        assertThat((double) use.activations().value()).isCloseTo(expected, within(1.0));
    }

    @Test
    void activations_withoutRecomputation_areLayersAndLogits() {
        activations(use(stack(0, 0), Recompute.NONE, "ddp,mb=1"), 32 * LAYER + 10 * LOGITS);
    }

    @Test
    void activations_selectiveWithFusedAttention_keepTheirShareAndOneLayerAnew() {
        activations(use(stack(0, 0), Recompute.SELECTIVE, "ddp,mb=1"), 32 * LAYER / 2 + LAYER / 2 + 10 * LOGITS);
    }

    @Test
    void activations_selectiveWithUnfusedAttention_loseTheScoresOnly() {
        SoftwareStack unfused = stack(0, 0).with("kernels.attention", AttentionKernel.UNFUSED);
        activations(use(unfused, Recompute.SELECTIVE, "ddp,mb=1"), 32 * LAYER + 10 * LOGITS);
        double scores = 5 * 32 * TOKENS * TOKENS;
        activations(use(unfused, Recompute.NONE, "ddp,mb=1"), 32 * (LAYER + scores) + 10 * LOGITS);
    }

    @Test
    void activations_fullRecomputation_countsTheInputOfTheLayerAtWorkOnce() {
        double input = 2 * TOKENS * HIDDEN;
        activations(use(stack(0, 0), Recompute.FULL, "ddp,mb=1"), 31 * input + LAYER + 10 * LOGITS);
    }

    @Test
    void overhead_isTheContextAndAShareOfWhatComesAndGoes() {
        MemoryUse use = use(stack(0.25, 1e9), Recompute.NONE, "fsdp,mb=1");
        double comesAndGoes = use.activations().value() + use.transientUnits().value();
        assertThat(use.transientUnits().value()).isPositive();
        assertThat((double) use.overhead().value()).isCloseTo(1e9 + 0.25 * comesAndGoes, within(2.0));
    }

    @Test
    void fullestStage_isChosenWithTheReserve() {
        // The first of four stages keeps four micro-batches of 8 layers; the last keeps one, and the logits: 10 bytes
        // of
        // each weigh less than 24 layers. Both hold as many weights.
        MemoryUse use = use(stack(0.5, 0), Recompute.NONE, "ddp,pp=4,mb=1");
        activations(use, 4 * 8 * LAYER);
        assertThat((double) use.overhead().value()).isCloseTo(0.5 * 32 * LAYER, within(1.0));
    }

    @Test
    void stackFiles_withoutTheNewerHabits_getThoseOfAVocabularyParallelLoss() {
        MemoryHabits megatron = ProfileCatalog.stack("megatron-2022").memory();
        assertThat(megatron.logitBytes()).isEqualTo(10);
        assertThat(megatron.selectiveKept()).isEqualTo(1);
        assertThat(ProfileCatalog.stack("torchtitan").memory().logitBytes()).isEqualTo(14);
    }
}
