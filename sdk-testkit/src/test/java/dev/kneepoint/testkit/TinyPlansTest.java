package dev.kneepoint.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.workload.Precision;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TinyPlansTest {
    /** The plans of the kit's battery: the seed is not what decides whether a kind is tried. */
    @Test
    void fiftyPlansCoverEveryKindOfStrategy() {
        for (long seed = 20261120; seed < 20261130; seed++) {
            TinyPlans plans = new TinyPlans(seed, PlanBattery.MOST_RANKS, EnumSet.allOf(Precision.class));
            Set<DataKind> data = EnumSet.noneOf(DataKind.class);
            Set<PipelineScheduleKind> schedules = EnumSet.noneOf(PipelineScheduleKind.class);
            Set<String> axes = new HashSet<>();
            for (int i = 0; i < PlanBattery.PLANS; i++) {
                StepPlan plan = plans.next();
                ParallelismStrategy s = plan.layout().strategy();
                data.add(s.data());
                if (s.pipeline() > 1) {
                    schedules.add(s.schedule());
                    axes.add("pp");
                }
                for (int stage = 0; stage < plan.programs().size(); stage++) {
                    axes.addAll(plan.bytesSent(stage).keySet());
                }
                assertThat(plan.layout().devices()).isLessThanOrEqualTo(PlanBattery.MOST_RANKS);
            }
            assertThat(data).as("seed " + seed).containsExactlyInAnyOrder(DataKind.values());
            assertThat(schedules).as("seed " + seed).containsExactlyInAnyOrder(PipelineScheduleKind.values());
            assertThat(axes).as("seed " + seed).containsExactlyInAnyOrder("tp", "cp", "ep", "dp", "pp");
        }
    }

    @Test
    void theSameSeedGivesTheSamePlans() {
        TinyPlans one = new TinyPlans(5, 16, EnumSet.of(Precision.BF16));
        TinyPlans other = new TinyPlans(5, 16, EnumSet.of(Precision.BF16));
        for (int i = 0; i < 20; i++) {
            assertThat(one.next()).isEqualTo(other.next());
        }
    }

    @Test
    void illegalStrategiesAreRefused() {
        assertThatThrownBy(() -> TinyPlans.of("fsdp,tp=3", 3, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nearest");
    }
}
