package dev.kneepoint.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import dev.kneepoint.workload.TransformerModelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrategySpaceTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void space_everyCandidateAskedOneByOne_holdsExactlyTheLegalOnes(long seed) {
        Random random = new Random(seed);
        TrainingWorkload workload = randomWorkload(random);
        int devices = 1 + random.nextInt(6);

        StrategySpace space = StrategySpace.of(workload, devices);
        List<String> found = new ArrayList<>();
        space.forEach(layout -> {
            found.add(layout.strategy().spec() + ",sched=" + layout.strategy().schedule());
            assertThat(Layout.of(workload, layout.strategy(), devices))
                    .as("seed %d", seed)
                    .isEqualTo(new Feasibility.Feasible(layout));
        });

        assertThat(found).as("seed %d", seed).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(found)).as("seed %d", seed).isEqualTo(bruteForce(workload, devices));
        assertThat(space.size()).isEqualTo(found.size());
    }

    @Test
    void size_largeModel_isCountedWithoutEnumerating() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("gpt3-175b"), 2048, 3072);

        assertThat(StrategySpace.of(workload, 4096).size()).isGreaterThan(7_130_000);
    }

    @Test
    void fix_severalParts_keepsThoseValuesOnly() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 64);
        List<ParallelismStrategy> found = new ArrayList<>();

        StrategySpace.of(workload, 16, "fsdp|hsdp=4,tp=1|2,pp=1,recompute=none,mb=2")
                .forEach(l -> found.add(l.strategy()));

        assertThat(found).isNotEmpty().allSatisfy(s -> {
            assertThat(s.tensor()).isIn(1, 2);
            assertThat(s.pipeline()).isEqualTo(1);
            assertThat(s.microBatch()).hasValue(2);
            assertThat(s.recompute()).hasValue(Recompute.NONE);
            assertThat(s.data() == DataKind.FSDP || s.shardGroup() == 4).isTrue();
        });
        assertThat(found).anyMatch(s -> s.data() == DataKind.HSDP).anyMatch(s -> s.tensor() == 2);
    }

    @Test
    void fix_unknownPart_saysWhatIsKnown() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 64);

        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "pipe=2"))
                .hasMessageContaining("unknown part 'pipe=2'")
                .hasMessageContaining("known: a data kind, tp, pp");
        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "recompute=some"))
                .hasMessageContaining("recompute is one of none, selective, full, not 'some'");
        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "tp=0")).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "fsdp,ddp")).hasMessageContaining("given twice");
        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "split=9--9"))
                .hasMessage(
                        "'split=9--9': a split is 'even' or the layers of each chunk such as 9-7-8-8 or 14x2-4x1, not '9--9'");
    }

    @Test
    void fix_splitInRuns_isTheSameWrittenOut() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 64);

        assertThat(StrategySpace.of(workload, 12, "pp=3,vpp=1,split=1x10-2x11").size())
                .isPositive()
                .isEqualTo(StrategySpace.of(workload, 12, "pp=3,vpp=1,split=10-11-11")
                        .size());
    }

    @ParameterizedTest
    @CsvSource({"'pp=2,vpp=1', 2x16", "'pp=3,vpp=1', 11-11-10", "'pp=3,vpp=1', 2x11-10", "'pp=2,vpp=4', 8x4"})
    void fix_evenSplitWrittenOut_isTheEvenOne(String stages, String split) {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 96);

        assertThat(StrategySpace.of(workload, 48, stages + ",split=" + split).size())
                .isPositive()
                .isEqualTo(
                        StrategySpace.of(workload, 48, stages + ",split=even").size());
    }

    @Test
    void fix_endlessSplit_isRefused() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 64);

        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "split=" + "9999x1-".repeat(10_000) + "1"))
                .hasMessage("split names more than 65536 chunks");
        assertThatThrownBy(() -> StrategySpace.of(workload, 16, "split=" + "1-".repeat(100_000) + "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a split is 'even' or the layers of each chunk");
    }

    private static TrainingWorkload randomWorkload(Random random) {
        int heads = 1 + random.nextInt(4);
        TransformerModelBuilder b = TransformerModel.builder("small", 1 + random.nextInt(4), 16 * heads, heads)
                .kvHeads(heads)
                .ffnHidden(12 * (1 + random.nextInt(3)))
                .vocabulary(96);
        if (random.nextBoolean()) {
            b.mixture(new MixtureOfExperts(2 + random.nextInt(3), 1, 12, 0, 0));
        }
        return TrainingWorkload.bf16(b.build(), 6, 1 + random.nextInt(6));
    }

    private static TreeSet<String> bruteForce(TrainingWorkload w, int devices) {
        TreeSet<String> out = new TreeSet<>();
        int experts = w.model().mixture().map(MixtureOfExperts::experts).orElse(1);
        for (int tp = 1; tp <= devices; tp++) {
            for (int pp = 1; pp <= devices; pp++) {
                for (int cp = 1; cp <= devices; cp++) {
                    for (int ep = 1; ep <= experts; ep++) {
                        for (int mask = 0; mask < 4; mask++) {
                            degrees(out, w, devices, tp, pp, cp, ep, (mask & 1) > 0, (mask & 2) > 0);
                        }
                    }
                }
            }
        }
        return out;
    }

    private static void degrees(
            TreeSet<String> out,
            TrainingWorkload w,
            int devices,
            int tp,
            int pp,
            int cp,
            int ep,
            boolean sp,
            boolean folded) {
        boolean sameAsFolded = !folded && (tp == 1 || ep == 1);
        if (sameAsFolded || devices % (tp * pp * cp) != 0) {
            return;
        }
        for (PipelineScheduleKind schedule : PipelineScheduleKind.values()) {
            for (int v = 1; v <= w.model().layers(); v++) {
                for (int mb = 1; mb <= w.globalBatch(); mb++) {
                    for (int group = -4; group <= devices; group++) {
                        ParallelismStrategyBuilder b = ParallelismStrategy.builder()
                                .tensor(tp)
                                .sequenceParallel(sp)
                                .pipeline(pp)
                                .virtualStages(v)
                                .schedule(schedule)
                                .context(cp)
                                .expert(ep)
                                .foldedExperts(folded)
                                .microBatch(mb);
                        if (group > 0) {
                            b.hsdp(group);
                        } else if (group < 0) {
                            b.data(DataKind.values()[-group - 1]);
                        }
                        if (group != 0) {
                            candidate(out, w, devices, b);
                        }
                    }
                }
            }
        }
    }

    private static void candidate(TreeSet<String> out, TrainingWorkload w, int devices, ParallelismStrategyBuilder b) {
        ParallelismStrategy plain;
        try {
            plain = b.build();
        } catch (IllegalArgumentException illegal) {
            return;
        }
        if (!(Layout.of(w, plain, devices) instanceof Feasibility.Feasible f)) {
            return;
        }
        int ranks = f.layout().dataParallel() * plain.context();
        if (plain.data() == DataKind.HSDP && (plain.shardGroup() == 1 || plain.shardGroup() == ranks)) {
            return;
        }
        boolean gathers = plain.data().shardsWeights()
                && plain.pipeline() == 1
                && f.layout().shardRanks() > 1;
        for (Prefetch prefetch : Prefetch.values()) {
            for (Recompute recompute : Recompute.values()) {
                for (List<Integer> split : splits(f.layout().chunkLayers())) {
                    if (gathers || prefetch == Prefetch.PRE) {
                        ParallelismStrategy s = b.prefetch(prefetch)
                                .recompute(recompute)
                                .split(split)
                                .build();
                        assertThat(Layout.of(w, s, devices)).isInstanceOf(Feasibility.Feasible.class);
                        out.add(s.spec() + ",sched=" + s.schedule());
                    }
                }
            }
        }
    }

    /** As it comes, sorted with the fuller chunks first, and with them last. */
    private static List<List<Integer>> splits(List<Integer> even) {
        List<List<Integer>> out = new ArrayList<>();
        out.add(List.of());
        List<Integer> fullFirst = even.stream().sorted((a, b) -> b - a).toList();
        List<Integer> fullLast = even.stream().sorted().toList();
        if (!fullFirst.equals(even)) {
            out.add(fullFirst);
        }
        if (!fullLast.equals(even) && !fullLast.equals(fullFirst)) {
            out.add(fullLast);
        }
        return out;
    }
}
