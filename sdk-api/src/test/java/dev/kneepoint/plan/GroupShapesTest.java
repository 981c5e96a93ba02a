package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.strategy.Axis;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Process groups as sets of rank numbers. */
class GroupShapesTest {
    /** Everything divides by 1 to 10. */
    private static final TransformerModel MODEL = TransformerModel.builder("m", 64, 10_080, 2520)
            .ffnHidden(10_080)
            .mixture(new MixtureOfExperts(2520, 2, 2520, 0, 0))
            .build();

    /** Degrees from 1 to 10. */
    private static final IntUnaryOperator ANY = n -> 1 + n % 10;

    /** 1, 2, 4 and 8. */
    private static final IntUnaryOperator POWERS = n -> 1 << n % 4;

    @Test
    void groupsHaveTheirSizeAndCoverAllRanksOnce() {
        for (int seed = 0; seed < 1_000; seed++) {
            Layout l = layout(new Random(seed), ANY);
            GroupShapes g = new GroupShapes();
            g.set(l, 8);
            String as = "seed " + seed + ": " + l.strategy() + " on " + l.devices();
            for (GroupKind kind : GroupKind.values()) {
                assertThat(g.ranks(kind))
                        .as(kind + ", " + as)
                        .hasSize(g.size(kind))
                        .doesNotHaveDuplicates();
                assertThat(g.ranks(kind)).as(kind + ", " + as).isSorted().startsWith(0);
                assertThat(g.perDomain(kind)).as(kind + ", " + as).isBetween(1, Math.min(8, g.size(kind)));
                assertThat(g.domains(kind) * g.perDomain(kind))
                        .as(kind + ", " + as)
                        .isGreaterThanOrEqualTo(g.size(kind));
            }
            int[] stages = stages(l);
            covers(l, as, g.ranks(GroupKind.TENSOR), g.ranks(GroupKind.DATA), g.ranks(GroupKind.REPLICA), stages);
            if (l.strategy().expert() > 1) {
                covers(l, as, g.ranks(GroupKind.EXPERT), g.ranks(GroupKind.EXPERT_DATA), stages);
            }
            assertThat(g.ranks(GroupKind.WORLD))
                    .as(as)
                    .isEqualTo(IntStream.range(0, l.devices()).toArray());
        }
    }

    @Test
    void sizesAreThoseOfTheStrategy() {
        for (int seed = 0; seed < 1_000; seed++) {
            Layout l = layout(new Random(seed), ANY);
            ParallelismStrategy s = l.strategy();
            GroupShapes g = new GroupShapes();
            g.set(l, 8);
            int data = l.dataParallel() * s.context();
            int shard = s.data() == DataKind.HSDP ? s.shardGroup() : data;
            String as = "seed " + seed + ": " + s + " on " + l.devices();
            assertThat(g.size(GroupKind.TENSOR)).as(as).isEqualTo(s.tensor());
            assertThat(g.size(GroupKind.CONTEXT)).as(as).isEqualTo(s.context());
            assertThat(g.size(GroupKind.DATA)).as(as).isEqualTo(shard);
            assertThat(g.size(GroupKind.REPLICA)).as(as).isEqualTo(data / shard);
            assertThat(g.size(GroupKind.EXPERT)).as(as).isEqualTo(s.expert());
            assertThat(g.size(GroupKind.EMBEDDING)).as(as).isEqualTo(Math.min(2, s.pipeline()));
            assertThat(g.size(GroupKind.WORLD)).as(as).isEqualTo(l.devices());
            int holders = s.expert() > 1 ? data * s.tensor() / s.expert() : data;
            assertThat(g.size(GroupKind.EXPERT_DATA)).as(as).isEqualTo(holders);
        }
    }

    /** With powers of two, groups lie evenly on domains, and rank numbers can be counted. */
    @Test
    void domainsCanBeCounted() {
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            Layout l = layout(random, POWERS);
            int domain = 1 << random.nextInt(8);
            GroupShapes g = new GroupShapes();
            g.set(l, domain);
            for (GroupKind kind : GroupKind.values()) {
                String as = kind + ", seed " + seed + ": " + l.strategy() + " on " + l.devices() + " in " + domain;
                long here = Arrays.stream(g.ranks(kind)).filter(r -> r < domain).count();
                long domains = Arrays.stream(g.ranks(kind))
                        .map(r -> r / domain)
                        .distinct()
                        .count();
                assertThat(g.perDomain(kind)).as(as).isEqualTo((int) here);
                assertThat(g.domains(kind)).as(as).isEqualTo((int) domains);
            }
        }
    }

    @Test
    void shapesCanBeUsedAgain() {
        GroupShapes used = new GroupShapes();
        for (int seed = 0; seed < 200; seed++) {
            Layout l = layout(new Random(seed), ANY);
            GroupShapes fresh = new GroupShapes();
            fresh.set(l, 8);
            used.set(l, 8);
            for (GroupKind kind : GroupKind.values()) {
                assertThat(used.ranks(kind)).as("seed " + seed).isEqualTo(fresh.ranks(kind));
                assertThat(used.perDomain(kind)).as("seed " + seed).isEqualTo(fresh.perDomain(kind));
            }
        }
    }

    /** 32 devices, tensor innermost: groups written out by hand. */
    @Test
    void groupsOfASmallLayout() {
        GroupShapes g = new GroupShapes();
        g.set(layout("hsdp=4,tp=2,pp=2,cp=2", 32), 8);
        assertThat(g.ranks(GroupKind.TENSOR)).containsExactly(0, 1);
        assertThat(g.ranks(GroupKind.CONTEXT)).containsExactly(0, 2);
        assertThat(g.ranks(GroupKind.DATA)).containsExactly(0, 2, 4, 6);
        assertThat(g.ranks(GroupKind.REPLICA)).containsExactly(0, 8);
        assertThat(g.ranks(GroupKind.EMBEDDING)).containsExactly(0, 16);
        assertThat(g.perDomain(GroupKind.DATA)).isEqualTo(4);
        assertThat(g.perDomain(GroupKind.REPLICA)).isEqualTo(1);
        assertThat(g.domains(GroupKind.REPLICA)).isEqualTo(2);
        assertThat(g.perDomain(GroupKind.EMBEDDING)).isEqualTo(1);
        assertThat(g.perDomain(GroupKind.WORLD)).isEqualTo(8);
    }

    /** A shard group of 2 among 3 context and 4 data ranks: the ranks of a pool are numbered through. */
    @Test
    void shardGroupsNeedNotFallOnDigits() {
        GroupShapes g = new GroupShapes();
        g.set(layout("hsdp=2,cp=3", 12), 4);
        assertThat(g.ranks(GroupKind.DATA)).containsExactly(0, 1);
        assertThat(g.ranks(GroupKind.REPLICA)).containsExactly(0, 2, 4, 6, 8, 10);
        assertThat(g.perDomain(GroupKind.REPLICA)).isEqualTo(2);
        assertThat(g.domains(GroupKind.REPLICA)).isEqualTo(3);
    }

    @Test
    void theEmbeddingGroupHoldsTheFirstAndTheLastStage() {
        GroupShapes g = new GroupShapes();
        g.set(layout("pp=4,tp=2", 8), 8);
        assertThat(g.ranks(GroupKind.EMBEDDING)).containsExactly(0, 6);
        assertThat(g.perDomain(GroupKind.EMBEDDING)).isEqualTo(2);
        g.set(layout("pp=4,tp=2", 8), 4);
        assertThat(g.perDomain(GroupKind.EMBEDDING)).isEqualTo(1);
        g.set(layout("tp=2", 8), 4);
        assertThat(g.ranks(GroupKind.EMBEDDING)).containsExactly(0);
        assertThat(g.size(GroupKind.EMBEDDING)).isEqualTo(1);
    }

    /** Every rank is the sum of one member of each group, in one way. */
    private static void covers(Layout l, String as, int[]... groups) {
        int[] sums = {0};
        for (int[] group : groups) {
            int[] before = sums;
            sums = IntStream.of(group)
                    .flatMap(r -> IntStream.of(before).map(b -> b + r))
                    .toArray();
        }
        Arrays.sort(sums);
        boolean aligned = Arrays.equals(sums, IntStream.range(0, l.devices()).toArray());
        boolean onDigits = l.strategy().data() != DataKind.HSDP && l.strategy().expert() == 1;
        assertThat(sums).as(as).hasSize(l.devices());
        assertThat(aligned || !onDigits).as("groups are disjoint: " + as).isTrue();
    }

    private static int[] stages(Layout l) {
        int stride = GroupShapes.stride(l, Axis.PIPELINE);
        return IntStream.range(0, l.strategy().pipeline()).map(p -> p * stride).toArray();
    }

    private static Layout layout(Random random, IntUnaryOperator degree) {
        int tensor = degree.applyAsInt(random.nextInt(100));
        int context = degree.applyAsInt(random.nextInt(100));
        int data = degree.applyAsInt(random.nextInt(100));
        int pipeline = degree.applyAsInt(random.nextInt(100));
        List<Axis> order = new ArrayList<>(ParallelismStrategy.DEFAULT_ORDER);
        Collections.shuffle(order, random);
        ParallelismStrategyBuilder b = ParallelismStrategy.builder()
                .tensor(tensor)
                .context(context)
                .pipeline(pipeline)
                .order(order);
        if (random.nextBoolean()) {
            b.hsdp(divisor(random, data * context, 1 << 20));
        } else {
            b.data(DataKind.FSDP);
        }
        if (random.nextBoolean()) {
            b.expert(divisor(random, data * context * tensor, 10));
        }
        return resolved(b.build(), tensor * context * data * pipeline, data);
    }

    private static int divisor(Random random, int of, int most) {
        int[] all = IntStream.rangeClosed(1, Math.min(of, most))
                .filter(d -> of % d == 0)
                .toArray();
        return all[random.nextInt(all.length)];
    }

    private static Layout layout(String spec, int devices) {
        return resolved(ParallelismStrategy.parse(spec), devices, devices);
    }

    private static Layout resolved(ParallelismStrategy s, int devices, int batch) {
        Feasibility f = Layout.of(TrainingWorkload.bf16(MODEL, 2520 * 32, batch * 2520), s, devices);
        assertThat(f).isInstanceOf(Feasibility.Feasible.class);
        return ((Feasibility.Feasible) f).layout();
    }
}
