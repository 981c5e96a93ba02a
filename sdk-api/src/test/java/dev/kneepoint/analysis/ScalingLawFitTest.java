package dev.kneepoint.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScalingLawFitTest {
    private static List<ScalingPoint> curve(
            double rate, double contention, double coherency, double noise, Random random) {
        List<ScalingPoint> out = new ArrayList<>();
        for (int n = 1; n <= 512; n *= 2) {
            double x = rate * n / (1 + contention * (n - 1) + coherency * n * (n - 1.0));
            out.add(new ScalingPoint(8 * n, x * (1 + noise * random.nextGaussian())));
        }
        return out;
    }

    @Test
    void universal_recoversAnExactCurveAndItsPeak() {
        Random random = new Random(1);
        for (int run = 0; run < 100; run++) {
            double rate = 1000 * (1 + random.nextDouble());
            double contention = 0.2 * random.nextDouble();
            double coherency = 1e-6 + 1e-4 * random.nextDouble();
            ScalingLaw law = ScalingLawFit.universal(curve(rate, contention, coherency, 0, random));
            assertThat(law.rate().value() / rate).as("run %d", run).isEqualTo(1, within(1e-6));
            assertThat(law.contention().value()).isEqualTo(contention, within(1e-6));
            assertThat(law.coherency().value() / coherency).isEqualTo(1, within(1e-4));
            assertThat(law.peakDevices().getAsDouble() / (8 * Math.sqrt((1 - contention) / coherency)))
                    .isEqualTo(1, within(1e-3));
            assertThat(law.worstResidual()).isLessThan(1e-6);
        }
    }

    @Test
    void amdahl_recoversTheSerialShareAndItsLimit() {
        ScalingLaw law = ScalingLawFit.amdahl(curve(500, 0.02, 0, 0, new Random(2)));
        assertThat(law.contention().value()).isEqualTo(0.02, within(1e-9));
        assertThat(law.limitTokensPerSecond().getAsDouble()).isEqualTo(500 / 0.02, within(1e-3));
        assertThat(law.peakDevices()).isEmpty();
    }

    @Test
    void intervals_coverTheTruthAboutAsOftenAsTheySay() {
        Random random = new Random(3);
        int covered = 0;
        for (int run = 0; run < 400; run++) {
            ScalingLaw law = ScalingLawFit.amdahl(curve(1000, 0.05, 0, 0.02, random));
            covered += law.contention().contains(0.05) ? 1 : 0;
        }
        assertThat(covered / 400.0).as("coverage of the 95 %% interval, seed 3").isBetween(0.90, 0.99);
    }

    @Test
    void superlinearPoints_giveZeroNotNegativeShares() {
        List<ScalingPoint> points = List.of(
                new ScalingPoint(8, 100),
                new ScalingPoint(16, 210),
                new ScalingPoint(32, 430),
                new ScalingPoint(64, 880));
        ScalingLaw law = ScalingLawFit.universal(points);
        assertThat(law.contention().value()).isZero();
        assertThat(law.coherency().value()).isGreaterThanOrEqualTo(0);
    }

    @Test
    void tooFewSizes_areRefused() {
        List<ScalingPoint> two = List.of(new ScalingPoint(8, 1), new ScalingPoint(16, 2));
        assertThatThrownBy(() -> ScalingLawFit.amdahl(two))
                .hasMessageContaining("Amdahl's law needs at least 3 different sizes");
        assertThatThrownBy(() -> ScalingLawFit.universal(two)).hasMessageContaining("at least 4 different sizes");
    }
}
