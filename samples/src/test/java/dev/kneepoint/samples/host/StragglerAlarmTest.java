package dev.kneepoint.samples.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.samples.host.StragglerAlarm.Finding;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.testkit.Faults;
import dev.kneepoint.testkit.TinyPlans;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How a host application tests its own handling: real execution, virtual time, faults on demand. */
class StragglerAlarmTest {
    private static final StepPlan PLAN = TinyPlans.of("fsdp,tp=2", 8, 8);
    private final StragglerAlarm alarm = new StragglerAlarm(0.05);

    private Finding check(Map<String, String> options) {
        try (Backend backend = Kneepoint.create().backends().open("cpu", options)) {
            return alarm.check(backend, PLAN);
        }
    }

    @Test
    void aHealthyJobRaisesNoAlarm() {
        assertThat(check(Faults.none().onVirtualClock())).isInstanceOf(Finding.Healthy.class);
    }

    @Test
    void aSlowRankRaisesTheAlarmTheSameWayEveryTime() {
        Map<String, String> slow = Faults.none().slow(3, 50).onVirtualClock();
        Finding first = check(slow);
        assertThat(first).isInstanceOfSatisfying(Finding.Slow.class, s -> {
            assertThat(s.share()).isGreaterThan(0.05);
            assertThat(s.lostTokensPerSecond()).isPositive();
        });
        assertThat(check(slow)).isEqualTo(first);
    }

    @Test
    void aFailingRankIsAnAnswerThatNamesIt() {
        assertThat(check(Faults.none().fail(5, "qkv").onVirtualClock()))
                .isInstanceOfSatisfying(Finding.Failed.class, f -> {
                    assertThat(f.rank()).isEqualTo(5);
                    assertThat(f.reason()).contains("rank 5, op 'qkv'");
                });
    }
}
