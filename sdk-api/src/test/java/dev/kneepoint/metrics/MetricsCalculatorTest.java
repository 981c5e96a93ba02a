package dev.kneepoint.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.units.Seconds;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsCalculatorTest {
    private static final TimeParts FIRST = new TimeParts(1, 0.5, 0.25, 0, 0.125, 0.125);
    private static final TimeParts SECOND = new TimeParts(0.5, 0.5, 0.5, 0.25, 0, 0.25);
    private static final Timeline TIMELINE = new Timeline(
            new Seconds(2),
            List.of(
                    new RankTimeline(
                            "stage 0", 3, FIRST, Busy.of(1, 0.5, Map.of("tp", 0.5), Map.of("tp", 8.0)), List.of()),
                    new RankTimeline("stage 1", 1, SECOND, Busy.of(0.5, 1, Map.of("dp", 1.0), Map.of()), List.of())),
            FIRST);

    private static ScalingMetrics metrics(StepPlan plan, StepTimes steps, FlopConvention convention) {
        return MetricsCalculator.compute(
                plan,
                steps,
                TIMELINE,
                Optional.empty(),
                Provenance.MEASURED,
                ImmutableSortedSet.of("sampled"),
                ImmutableSortedMap.of("backend", "test"),
                convention);
    }

    @Test
    void meansWeighRanksByHowManyTheyStandFor() {
        TimeParts mean = MetricsCalculator.meanParts(TIMELINE);
        assertThat(mean.compute()).isEqualTo(0.875);
        assertThat(mean.bubble()).isEqualTo(0.3125);
        assertThat(mean.straggler()).isEqualTo(0.0625);
        assertThat(mean.total()).isEqualTo(2);
    }

    @Test
    void axesThatARankDoesNotUseCountAsZero() {
        RandomConfigurations.Configuration c = new RandomConfigurations(1).next();
        StepPlan plan = PlanCompiler.compile(c.scenario(), c.layout());
        ScalingMetrics m = metrics(plan, StepTimes.single(new Seconds(2)), FlopConvention.NON_CAUSAL);
        assertThat(m.busy().byAxis()).containsExactly(Map.entry("dp", 0.25), Map.entry("tp", 0.375));
        assertThat(m.busy().bytesByAxis()).containsExactly(Map.entry("tp", 6.0));
        assertThat(m.busy().compute()).isEqualTo(0.875);
        assertThat(m.busy().communication()).isEqualTo(0.625);
    }

    @Test
    void ratesFollowFromTheMedianStep() {
        RandomConfigurations random = new RandomConfigurations(20261124);
        StepTimes steps = new StepTimes(new Seconds(4), new Seconds(3), new Seconds(9), 5, 2);
        for (int i = 0; i < 40; i++) {
            RandomConfigurations.Configuration c = random.next();
            StepPlan plan = PlanCompiler.compile(c.scenario(), c.layout());
            TrainingWorkload w = c.scenario().workload();
            FlopConvention convention = i % 2 == 0 ? FlopConvention.NON_CAUSAL : FlopConvention.CAUSAL;
            ScalingMetrics m = metrics(plan, steps, convention);
            int n = c.layout().devices();
            assertThat(m.stepTime()).isEqualTo(new Seconds(4));
            assertThat(m.tokensPerSecond() * 4).as(c.label()).isCloseTo(w.tokensPerStep(), within(1e-6));
            assertThat(m.tokensPerSecondPerDevice() * n)
                    .isCloseTo(m.tokensPerSecond(), within(1e-9 * m.tokensPerSecond()));
            Utilization u = m.utilization().orElseThrow();
            double flops = ModelCounts.modelFlopsPerStep(w, convention);
            assertThat(u.mfu() * u.peak().value() * n * 4).as(c.label()).isCloseTo(flops, within(1e-9 * flops));
            assertThat(u.hfu()).isGreaterThanOrEqualTo(u.mfu());
            double price = c.scenario().cluster().pricePerDeviceHour();
            m.usdPerMillionTokens()
                    .ifPresentOrElse(
                            usd -> assertThat(usd * m.tokensPerSecond() * 3600 / 1e6)
                                    .isCloseTo(price * n, within(1e-9 * price * n)),
                            () -> assertThat(price).isZero());
        }
    }

    @Test
    void whatTheBackendSaidIsKept() {
        RandomConfigurations.Configuration c = new RandomConfigurations(2).next();
        StepPlan plan = PlanCompiler.compile(c.scenario(), c.layout());
        ScalingMetrics m = metrics(plan, StepTimes.single(new Seconds(1)), FlopConvention.CAUSAL);
        assertThat(m.flags()).containsExactly("sampled");
        assertThat(m.origin()).containsExactly(Map.entry("backend", "test"));
        assertThat(m.provenance()).isEqualTo(Provenance.MEASURED);
        assertThat(m.energy()).isEmpty();
    }

    @Test
    void aTimelineNeedsARank() {
        assertThatThrownBy(() -> new Timeline(new Seconds(1), List.of(), FIRST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one rank");
    }
}
