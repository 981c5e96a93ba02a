package dev.kneepoint.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KneeTest {
    /** Throughputs whose successive speed-ups are given, from 8 devices on, doubling. */
    private static List<ScalingPoint> doublings(double... speedups) {
        List<ScalingPoint> out = new ArrayList<>();
        double rate = 1000;
        int devices = 8;
        out.add(new ScalingPoint(devices, rate));
        for (double s : speedups) {
            rate *= s;
            devices *= 2;
            out.add(new ScalingPoint(devices, rate));
        }
        return out;
    }

    @Test
    void marginalReturn_stopsBeforeTheFirstDoublingBelow14() {
        KneeResult knee = Knee.find(doublings(1.9, 1.6, 1.4, 1.39, 1.9), KneeRule.marginalReturn());
        assertThat(knee).isInstanceOf(KneeResult.At.class);
        KneeResult.At at = (KneeResult.At) knee;
        assertThat(at.devices()).isEqualTo(64);
        assertThat(at.returnBefore().getAsDouble()).isEqualTo(0.7, within(1e-12));
        assertThat(at.returnAfter()).isEqualTo(0.695, within(1e-12));
        assertThat(at.reason()).contains("the step to 128 returns 0.70", "speed-up of 1.40");
    }

    @Test
    void everyStepPays_isBeyondTheRange() {
        assertThat(Knee.find(doublings(2, 1.8), KneeRule.marginalReturn()))
                .isEqualTo(new KneeResult.BeyondRange(
                        32,
                        "up to 32 devices the rule holds throughout: every doubling returns at least 0.70 of proportional"
                                + " throughput (a speed-up of 1.40)"));
    }

    @Test
    void firstStepFails_kneeIsTheSmallestSizeWithoutReturnBefore() {
        KneeResult.At at = (KneeResult.At) Knee.find(doublings(1.1), KneeRule.marginalReturn());
        assertThat(at.devices()).isEqualTo(8);
        assertThat(at.returnBefore()).isEmpty();
    }

    @Test
    void oneSize_hasNoKnee() {
        assertThat(Knee.find(doublings(), KneeRule.marginalReturn()))
                .isEqualTo(new KneeResult.Never("a knee needs at least two sizes that ran, not 1"));
    }

    @Test
    void sizeTwice_isRefused() {
        List<ScalingPoint> twice = List.of(new ScalingPoint(8, 1), new ScalingPoint(8, 2));
        assertThatThrownBy(() -> Knee.find(twice, KneeRule.marginalReturn()))
                .hasMessageContaining("the size 8 occurs twice");
    }

    @Test
    void lowestCost_isTheMostPerDevice() {
        KneeResult.At at = (KneeResult.At) Knee.find(doublings(2.1, 1.5), new KneeRule.LowestCost());
        assertThat(at.devices()).isEqualTo(16);
    }

    @Test
    void efficiencyFloor_isContiguousFromTheStart() {
        KneeResult.At at = (KneeResult.At) Knee.find(doublings(1.9, 1.5, 2.9), new KneeRule.EfficiencyFloor(0.9));
        assertThat(at.devices()).isEqualTo(16);
    }

    @Test
    void returnPerDoubling_spreadsLargerStepsEvenly() {
        double two = Knee.returnPerDoubling(new ScalingPoint(8, 100), new ScalingPoint(32, 196));
        assertThat(two).isEqualTo(0.7, within(1e-12));
    }

    @Test
    void order_doesNotMatter() {
        Random random = new Random(42);
        for (int run = 0; run < 200; run++) {
            double[] speedups = random.doubles(5, 1, 2).toArray();
            List<ScalingPoint> points = doublings(speedups);
            KneeResult expected = Knee.find(points, KneeRule.marginalReturn());
            Collections.shuffle(points, random);
            assertThat(Knee.find(points, KneeRule.marginalReturn()))
                    .as("run %d of seed 42", run)
                    .isEqualTo(expected);
        }
    }

    @Test
    void rules_refuseWhatMakesNoSense() {
        assertThatThrownBy(() -> new KneeRule.MarginalReturn(0.5)).hasMessageContaining("above 0.5");
        assertThatThrownBy(() -> new KneeRule.EfficiencyFloor(1.2)).hasMessageContaining("between 0 and 1");
    }
}
