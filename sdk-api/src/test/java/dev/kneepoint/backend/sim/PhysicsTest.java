package dev.kneepoint.backend.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cost.StepCost;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.testing.Ceilings;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import dev.kneepoint.testing.Upgrade;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What has to hold whatever the constants are, on random configurations: no fit can make these pass, and none of them
 * knows a measured figure. The closed form is asked on all configurations, the timeline on one in {@link #TIMELINES}.
 */
class PhysicsTest {
    private static final long SEED = 20_261_125;
    private static final int FEW = 500;
    private static final int MANY = 1000;
    private static final int TIMELINES = 20;

    /** Sums of thousands of terms, rounded. */
    private static final double ROUNDING = 1e-9;
    /** Contention reorders what shares a link, so more of a resource can end a step a little later. */
    private static final double ANOMALY = 0.005;

    private static final ProfileSet QUIET = quiet();

    private static ProfileSet quiet() {
        return ProfileCatalog.shipped()
                .with("device/*/computeContention", 0)
                .with("device/*/collectiveContention", 0)
                .with("stack/*/overlap.gradientRate", 1);
    }

    private interface Law {
        void check(Configuration c, boolean timeline, Random random);
    }

    private static void onAll(long seed, int runs, Law law) {
        RandomConfigurations configurations = new RandomConfigurations(seed);
        Random random = new Random(seed);
        for (int i = 0; i < runs; i++) {
            law.check(configurations.next(), i % TIMELINES == 0, random);
        }
    }

    private static double closed(Scenario s, Layout layout) {
        return new StepCost(s).seconds(layout);
    }

    private static Timeline timeline(Scenario s, Layout layout) {
        return new StepSimulator(PlanCompiler.compile(s, layout), true, false).run();
    }

    // Better machines are not slower

    /** Where {@code tolerance} is more than rounding, a closed form beyond it is judged by the timeline. */
    private static void neverSlower(
            ProfileSet set, Configuration c, double tolerance, boolean timeline, Random random) {
        Scenario before = in(set, c.scenario());
        double closed = closed(before, c.layout());
        double simulated = timeline ? timeline(before, c.layout()).step().value() : 0;
        for (Upgrade u : Upgrade.values()) {
            double factor = 1 + 3 * random.nextDouble();
            Scenario after = u.apply(set, before, factor);
            String label = "%s times %s, %s".formatted(u, factor, c.label());
            double upgraded = closed(after, c.layout());
            boolean beyond = tolerance > ROUNDING && upgraded > closed * (1 + tolerance);
            double truth = beyond ? timeline(before, c.layout()).step().value() : simulated;
            assertThat(upgraded)
                    .as("closed form, %s", label)
                    .isLessThanOrEqualTo((beyond ? truth : closed) * (1 + tolerance));
            if (timeline || beyond) {
                assertThat(timeline(after, c.layout()).step().value())
                        .as("timeline, %s", label)
                        .isLessThanOrEqualTo(truth * (1 + tolerance));
            }
        }
    }

    private static Scenario in(ProfileSet set, Scenario s) {
        return new Scenario(
                s.workload(),
                s.cluster(),
                set.hardware(s.cluster()),
                set.stack(s.stack().name()));
    }

    private static void aloneExactly(Configuration c, boolean timeline, Random random) {
        neverSlower(QUIET, c, SharedLinks.in(c) ? ANOMALY : ROUNDING, timeline, random);
    }

    private static void besideOthersNearly(Configuration c, boolean timeline, Random random) {
        neverSlower(ProfileCatalog.shipped(), c, ANOMALY, timeline, random);
    }

    // One device

    private static void aloneNothingIsSent(Configuration c, boolean timeline, Random random) {
        TrainingWorkload w = c.scenario().workload().withGlobalBatch(c.layout().microBatch() * (1 + random.nextInt(4)));
        Scenario s = c.scenario().withWorkload(w);
        for (DataKind kind : List.of(DataKind.DDP, DataKind.ZERO1, DataKind.ZERO2, DataKind.FSDP)) {
            Layout layout = layout(
                    w,
                    ParallelismStrategy.builder()
                            .data(kind)
                            .microBatch(c.layout().microBatch())
                            .build(),
                    1);
            double slow = closed(s, layout);
            Scenario linked = Upgrade.SCALE_UP_BANDWIDTH.apply(
                    ProfileCatalog.shipped(), Upgrade.NETWORK_BANDWIDTH.apply(ProfileCatalog.shipped(), s, 1000), 1000);
            assertThat(closed(linked, layout))
                    .as("%s alone on quick links, %s", kind, c.label())
                    .isEqualTo(slow);
            if (timeline) {
                RankTimeline rank = timeline(s, layout).ranks().get(0);
                assertThat(rank.busy().communication())
                        .as("%s alone, %s", kind, c.label())
                        .isZero();
                assertThat(rank.parts().exposedCommunication())
                        .as("%s alone, %s", kind, c.label())
                        .isZero();
            }
        }
    }

    private static Layout layout(TrainingWorkload w, ParallelismStrategy s, int devices) {
        return switch (Layout.of(w, s, devices)) {
            case Feasibility.Feasible f -> f.layout();
            case Feasibility.Infeasible i -> throw new AssertionError(i.reason());
        };
    }

    // Time and operations

    private static void partsAddUp(Configuration c, boolean timeline, Random random) {
        if (!timeline) {
            return;
        }
        Timeline t = timeline(c.scenario(), c.layout());
        double step = t.step().value();
        assertThat(t.criticalParts().total()).as(c.label()).isCloseTo(step, within(ROUNDING * step));
        for (RankTimeline rank : t.ranks()) {
            assertThat(rank.parts().total())
                    .as("%s, %s", rank.label(), c.label())
                    .isCloseTo(step, within(ROUNDING * step));
            assertThat(rank.parts().compute())
                    .as("%s, %s", rank.label(), c.label())
                    .isLessThanOrEqualTo(rank.busy().compute() + ROUNDING * step);
            assertThat(rank.parts().exposedCommunication())
                    .as("%s, %s", rank.label(), c.label())
                    .isLessThanOrEqualTo(rank.busy().communication() + ROUNDING * step);
            assertThat(rank.busy().communication())
                    .as("%s, %s", rank.label(), c.label())
                    .isLessThanOrEqualTo(step * (1 + ROUNDING));
        }
    }

    private static void noKernelBeatsItsCeiling(Configuration c, boolean timeline, Random random) {
        Scenario s = c.scenario();
        TrainingWorkload w = s.workload().withRecompute(c.layout().recompute());
        double attention = ModelCounts.attentionFlopsPerToken(w.model(), w.sequenceLength(), FlopConvention.CAUSAL)
                * 3
                * w.tokensPerStep();
        double products = ModelCounts.modelFlopsPerStep(w, FlopConvention.CAUSAL) - attention;
        Ceilings ceilings = Ceilings.of(s);
        double least = (products / ceilings.products() + attention / ceilings.attention())
                / c.layout().devices();
        assertThat(closed(s, c.layout())).as("closed form, %s", c.label()).isGreaterThanOrEqualTo(least);
        if (timeline) {
            assertThat(timeline(s, c.layout()).step().value())
                    .as("timeline, %s", c.label())
                    .isGreaterThanOrEqualTo(least);
        }
    }

    // Saturated pipelines

    private static void twiceTheMicroBatchesTakeTwiceTheTime(Configuration c, boolean timeline, Random random) {
        int stages = c.layout().strategy().pipeline();
        if (stages == 1) {
            return;
        }
        List<Double> seconds = new ArrayList<>();
        for (int rounds : new int[] {16, 32, 64, 1024, 2048}) {
            int m = rounds * stages;
            TrainingWorkload w = c.scenario()
                    .workload()
                    .withGlobalBatch(c.layout().dataParallel() * c.layout().microBatch() * m);
            Layout layout = layout(w, c.layout().strategy(), c.layout().devices());
            seconds.add(closed(c.scenario().withWorkload(w), layout));
        }
        String label = c.label() + " " + seconds;
        double early = 2 - seconds.get(1) / seconds.get(0);
        double later = 2 - seconds.get(2) / seconds.get(1);
        double last = 2 - seconds.get(4) / seconds.get(3);
        assertThat(early).as(label).isNotNegative();
        assertThat(later).as(label).isBetween(0.0, early + ROUNDING);
        assertThat(last).as(label).isBetween(0.0, later / 10 + ROUNDING);
        double marginal = (seconds.get(4) - seconds.get(3)) / 1024;
        assertThat((seconds.get(2) - seconds.get(1)) / 32).as(label).isCloseTo(marginal, within(0.01 * marginal));
    }

    private static final List<Law> LAWS = List.of(
            PhysicsTest::aloneExactly,
            PhysicsTest::besideOthersNearly,
            PhysicsTest::aloneNothingIsSent,
            PhysicsTest::partsAddUp,
            PhysicsTest::noKernelBeatsItsCeiling,
            PhysicsTest::twiceTheMicroBatchesTakeTwiceTheTime);

    @Test
    void withoutContentionBetterMachinesAreNeverSlower() {
        onAll(SEED, FEW, PhysicsTest::aloneExactly);
    }

    /** Else the exact law would ask little. */
    @Test
    void inAQuarterOfTheConfigurationsNoTwoTransfersShareLinks() {
        RandomConfigurations configurations = new RandomConfigurations(SEED);
        long sharing = Stream.generate(configurations::next)
                .limit(FEW)
                .filter(SharedLinks::in)
                .count();
        assertThat(sharing).as("of %d, seed %d", FEW, SEED).isLessThan(FEW * 3 / 4);
    }

    @Test
    void withContentionBetterMachinesAreHardlyEverSlower() {
        onAll(SEED, FEW, PhysicsTest::besideOthersNearly);
    }

    @Test
    void oneDeviceSendsNothing() {
        onAll(SEED, FEW, PhysicsTest::aloneNothingIsSent);
    }

    @Test
    void timeIsDividedWithoutRest() {
        onAll(SEED, FEW, PhysicsTest::partsAddUp);
    }

    @Test
    void executedOperationsStayBelowTheCeilings() {
        onAll(SEED, FEW, PhysicsTest::noKernelBeatsItsCeiling);
    }

    @Test
    void saturatedPipelinesApproachProportionalTime() {
        onAll(SEED, FEW, PhysicsTest::twiceTheMicroBatchesTakeTwiceTheTime);
    }

    @ParameterizedTest
    @Tag("long")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void allLawsOnTenThousandConfigurations(long shard) {
        LAWS.forEach(law -> onAll(SEED + shard, MANY, law));
    }
}
