package dev.kneepoint.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GoodputTest {
    @Test
    void llama3Scale_interruptsEveryThreeHours() {
        double hours = Goodput.TYPICAL.meanSecondsBetweenFailures(16_384) / 3600;
        assertThat(hours).isEqualTo(3.05, within(0.01));
    }

    @Test
    void checkpointInterval_isYoungsLessTheSave() {
        Goodput g = new Goodput(1000, 50, 0);
        double young = Math.sqrt(2 * 50 * 1000 * 3600 / 10.0);
        assertThat(g.checkpointSeconds(10)).isEqualTo(young - 50, within(1e-9));
    }

    @Test
    void interval_isNearTheBestOfItsNeighbours() {
        Goodput g = Goodput.TYPICAL;
        int n = 8192;
        double best = cost(g.checkpointSeconds(n), n);
        assertThat(best).isGreaterThanOrEqualTo(cost(g.checkpointSeconds(n) * 1.3, n));
        assertThat(best).isGreaterThanOrEqualTo(cost(g.checkpointSeconds(n) / 1.3, n));
        assertThat(g.fraction(n)).isEqualTo(best, within(1e-12));
    }

    private static double cost(double interval, int devices) {
        double mtbf = Goodput.TYPICAL.meanSecondsBetweenFailures(devices);
        return interval / (interval + 60) * (1 - (600 + (interval + 60) / 2) / mtbf);
    }

    @Test
    void fraction_fallsWithSizeAndStaysAFraction() {
        double before = 1;
        for (int n = 1; n <= 1 << 24; n *= 2) {
            double now = Goodput.TYPICAL.fraction(n);
            assertThat(now).isBetween(0.0, before);
            before = now;
        }
    }

    @Test
    void runCost_isTimeTimesDevicesTimesPrice() {
        RunCost cost = RunCost.of(2e12, 1e6, 1024, 2.5);
        assertThat(cost.days()).isEqualTo(2e6 / 86_400, within(1e-9));
        assertThat(cost.usd()).isEqualTo(2e6 / 3600 * 1024 * 2.5, within(1e-3));
        assertThatThrownBy(() -> RunCost.of(0, 1, 1, 1)).hasMessageContaining("tokens must be a positive number");
    }
}
