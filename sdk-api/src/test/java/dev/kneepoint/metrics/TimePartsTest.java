package dev.kneepoint.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.PowerCurve;
import dev.kneepoint.units.Seconds;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimePartsTest {
    private static final PowerCurve CURVE = new PowerCurve(0.95, 0.9, 0.5, 0.15);

    @Test
    void classesAddUpToTheTotal() {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            TimeParts p = random(random);
            double sum = 0;
            for (TimeClass c : TimeClass.values()) {
                sum += p.of(c);
            }
            assertThat(sum).isCloseTo(p.total(), within(1e-12));
        }
    }

    @Test
    void noPartIsNegative() {
        assertThatThrownBy(() -> new TimeParts(1, -0.1, 0, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("exposedCommunication");
        assertThatThrownBy(() -> new TimeParts(1, 0, 0, 0, Double.NaN, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("launch");
    }

    @Test
    void powerLiesBetweenIdleAndComputeAndGrowsWithCompute() {
        Cluster cluster = ClusterCatalog.get("dgx-h100");
        double limit = cluster.accelerator().power().value();
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            TimeParts p = random(random);
            Energy e = PowerModel.of(p, CURVE, cluster, 1000);
            assertThat(e.wattsPerDevice()).isBetween(CURVE.idle() * limit, CURVE.compute() * limit);
            assertThat(e.wattsPerDeviceWithNode()).isGreaterThan(e.wattsPerDevice());
            assertThat(e.joulesPerToken() * e.tokensPerJoule()).isCloseTo(1, within(1e-12));
            TimeParts busier = new TimeParts(
                    p.compute() + p.idle(), p.exposedCommunication(), p.bubble(), p.straggler(), p.launch(), 0);
            assertThat(PowerModel.of(busier, CURVE, cluster, 1000).wattsPerDevice())
                    .isGreaterThanOrEqualTo(e.wattsPerDevice());
        }
    }

    @Test
    void aComputeOnlyStepDrawsTheCurvesShareOfTheLimit() {
        Cluster cluster = ClusterCatalog.get("dgx-h100");
        Energy e = PowerModel.of(new TimeParts(3, 0, 0, 0, 0, 0), CURVE, cluster, 500);
        double watts = 0.95 * cluster.accelerator().power().value();
        assertThat(e.wattsPerDevice()).isCloseTo(watts, within(1e-9));
        assertThat(e.joulesPerToken()).isCloseTo(watts / 500, within(1e-12));
    }

    @Test
    void stepTimesNeedAPositiveTimeAndASample() {
        assertThat(StepTimes.single(new Seconds(2)).samples()).isEqualTo(1);
        assertThatThrownBy(() -> StepTimes.single(new Seconds(0))).isInstanceOf(IllegalArgumentException.class);
        Seconds one = new Seconds(1);
        assertThatThrownBy(() -> new StepTimes(one, one, one, 0, 0)).hasMessageContaining("samples");
        assertThatThrownBy(() -> new StepTimes(one, one, one, 1, -1)).hasMessageContaining("warmup");
    }

    private static TimeParts random(Random r) {
        return new TimeParts(
                0.01 + r.nextDouble(), r.nextDouble(), r.nextDouble(), r.nextDouble(), r.nextDouble(), r.nextDouble());
    }
}
