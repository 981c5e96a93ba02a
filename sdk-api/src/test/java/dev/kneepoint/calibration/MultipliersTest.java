package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.Scenario;
import org.junit.jupiter.api.Test;

class MultipliersTest {
    private static double seconds(Multipliers m, int devices) {
        return new StepCost(m.apply(SyntheticRuns.scenario(devices))).seconds(SyntheticRuns.layout(devices));
    }

    @Test
    void apply_one_isTheSameScenario() {
        Scenario s = SyntheticRuns.scenario(8);
        assertThat(Multipliers.ONE.apply(s)).isSameAs(s);
    }

    @Test
    void apply_everything_scalesAStepOfOneDevice() {
        // Nothing is left alone but the floor of tiny kernels.
        assertThat(seconds(new Multipliers(1.5, 1.5, 1.5), 1) / seconds(Multipliers.ONE, 1))
                .isCloseTo(1.5, within(0.01));
    }

    @Test
    void apply_communication_countsOnlyWhereThereIsSome() {
        Multipliers slow = new Multipliers(1, 2, 1);
        assertThat(seconds(slow, 1)).isEqualTo(seconds(Multipliers.ONE, 1));
        double few = seconds(slow, 16) / seconds(Multipliers.ONE, 16);
        double many = seconds(slow, 2048) / seconds(Multipliers.ONE, 2048);
        assertThat(few).isGreaterThan(1.02);
        assertThat(many).isGreaterThan(1.3).isGreaterThan(few);
    }

    @Test
    void apply_host_changesFixedTime() {
        Scenario s = SyntheticRuns.scenario(8);
        assertThat(new Multipliers(1, 1, 3).apply(s).stack().fixedMillis())
                .isEqualTo(3 * s.stack().fixedMillis());
    }

    @Test
    void create_zero_isRefused() {
        assertThatThrownBy(() -> new Multipliers(0, 1, 1)).hasMessage("compute must be a positive number, not 0.0");
    }
}
