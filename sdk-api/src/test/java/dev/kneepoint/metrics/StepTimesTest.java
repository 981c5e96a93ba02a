package dev.kneepoint.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private static final long SEED = 20261124;

    @Test
    void percentilesOfAHundredAndOneStepsAreThoseOfTheirRanks() {
        double[] seconds = IntStream.rangeClosed(1, 101).mapToDouble(i -> i).toArray();
        StepTimes t = StepTimes.ofSorted(seconds, 3);
        assertThat(t.median().value()).isEqualTo(51);
        assertThat(t.p5().value()).isEqualTo(6);
        assertThat(t.p95().value()).isEqualTo(96);
        assertThat(t.samples()).isEqualTo(101);
        assertThat(t.warmup()).isEqualTo(3);
    }

    @Test
    void fewStepsGiveTheirExtremes() {
        StepTimes four = StepTimes.ofSorted(new double[] {1, 2, 4, 8}, 0);
        assertThat(four.median().value()).isEqualTo(2);
        assertThat(four.p5().value()).isEqualTo(1);
        assertThat(four.p95().value()).isEqualTo(8);
        assertThat(StepTimes.ofSorted(new double[] {3}, 0).p95().value()).isEqualTo(3);
    }

    @Test
    void everyFigureWasMeasuredAndHasItsShareOfStepsOnEitherSide() {
        Random random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            int n = 1 + random.nextInt(200);
            double[] seconds = random.doubles(n).map(x -> 0.001 + x).sorted().toArray();
            StepTimes t = StepTimes.ofSorted(seconds, 0);
            assertThat(seconds)
                    .contains(t.median().value(), t.p5().value(), t.p95().value());
            assertThat(below(seconds, t.p5().value())).isEqualTo((int) Math.floor(0.05 * (n - 1) + 1e-9));
            assertThat(below(seconds, t.p95().value())).isEqualTo((int) Math.ceil(0.95 * (n - 1) - 1e-9));
            assertThat(below(seconds, t.median().value())).isEqualTo((int) Math.floor(0.5 * (n - 1)));
        }
    }

    @Test
    void noStepsHaveNoTimes() {
        assertThatThrownBy(() -> StepTimes.ofSorted(new double[0], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("samples must be between 1 and");
    }

    private static int below(double[] sorted, double value) {
        return (int) Arrays.stream(sorted).filter(x -> x < value).count();
    }
}
