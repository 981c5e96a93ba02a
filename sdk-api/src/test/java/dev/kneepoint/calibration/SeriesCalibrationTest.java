package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cost.StepCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeriesCalibrationTest {
    private static final double LEVEL = 0.8;

    private static StepInterval at(SeriesCalibration c, int devices) {
        return c.predict(SyntheticRuns.scenario(devices), SyntheticRuns.layout(devices), LEVEL);
    }

    private static double shipped(int devices) {
        return new StepCost(SyntheticRuns.scenario(devices)).seconds(SyntheticRuns.layout(devices));
    }

    // How many points there are

    @Test
    void fit_noPoint_isTheShippedProfileWithItsHeldOutError() {
        SeriesCalibration c = SeriesCalibration.fit(List.of());
        assertThat(c.isCalibrated()).isFalse();
        assertThat(c.multipliers()).isEqualTo(Multipliers.ONE);
        assertThat(at(c, 64).seconds()).isEqualTo(shipped(64));
        // 1.2816 standard deviations either way hold four in five.
        assertThat(at(c, 64).high() / shipped(64)).isCloseTo(Math.exp(1.2816 * 0.13), within(1e-4));
        assertThat(at(c, 64).low() * at(c, 64).high()).isCloseTo(shipped(64) * shipped(64), within(1e-9));
        assertThat(c.cannotTell()).containsExactly("there is no measured point: the profiles are as shipped");
    }

    @Test
    void fit_onePoint_scalesComputeAlone() {
        SyntheticRuns truth = new SyntheticRuns(new Multipliers(1.2, 1, 1), 0, 1);
        SeriesCalibration c = SeriesCalibration.fit(truth.points(16));
        assertThat(c.multipliers().communication()).isEqualTo(1);
        assertThat(c.multipliers().host()).isEqualTo(1);
        assertThat(c.multipliers().compute()).isCloseTo(1.2, within(0.01));
        assertThat(c.cannotTell()).anyMatch(s -> s.startsWith("these points say little about communication"));
    }

    @Test
    void fit_twoPoints_predictsFartherThanTheShippedProfile() {
        SyntheticRuns truth = new SyntheticRuns(new Multipliers(1.15, 1.2, 1.1), 0, 1);
        SeriesCalibration c = SeriesCalibration.fit(truth.points(8, 64));
        double actual = truth.seconds(512);
        assertThat(at(c, 512).seconds()).isCloseTo(actual, within(0.03 * actual));
        assertThat(Math.abs(shipped(512) / actual - 1)).isGreaterThan(0.1);
    }

    // Truth known

    @Test
    void fit_noiseFreePointsThatExposeEverything_recoversTheTruth() {
        SyntheticRuns truth = new SyntheticRuns(new Multipliers(0.9, 1.2, 1), 0, 1);
        SeriesCalibration c = SeriesCalibration.fit(truth.points(1, 8, 64, 512, 1024, 2048));
        assertThat(c.multipliers().compute()).isCloseTo(0.9, within(0.02));
        assertThat(c.multipliers().communication()).isCloseTo(1.2, within(0.04));
        assertThat(c.estimates().get(0).learned()).isGreaterThan(0.7);
        assertThat(c.estimates().get(1).learned()).isGreaterThan(0.7);
    }

    @Test
    void predict_truthsFromThePrior_coversFourInFive() {
        int covered = 0;
        int repetitions = 60;
        Random random = new Random(7);
        for (int r = 0; r < repetitions; r++) {
            Multipliers m = new Multipliers(
                    Math.exp(0.25 * random.nextGaussian()),
                    Math.exp(0.25 * random.nextGaussian()),
                    Math.exp(0.5 * random.nextGaussian()));
            SyntheticRuns truth = new SyntheticRuns(m, 0.03, r);
            StepInterval predicted = at(SeriesCalibration.fit(truth.points(8, 16, 32, 64)), 512);
            double actual = truth.seconds(512);
            covered += predicted.low() <= actual && actual <= predicted.high() ? 1 : 0;
        }
        assertThat((double) covered / repetitions).isBetween(0.7, 0.9);
    }

    @Test
    void predict_farther_isLessSure() {
        SeriesCalibration c = SeriesCalibration.fit(new SyntheticRuns(Multipliers.ONE, 0.02, 3).points(8, 16, 32, 64));
        double previous = 0;
        for (int devices : new int[] {64, 256, 1024}) {
            StepInterval p = at(c, devices);
            assertThat(p.high() / p.low()).as("at %d", devices).isGreaterThan(previous);
            previous = p.high() / p.low();
        }
    }

    @Test
    void predict_again_isEqual() {
        SyntheticRuns truth = new SyntheticRuns(new Multipliers(1.1, 0.9, 1.3), 0.02, 5);
        List<MeasuredPoint> points = truth.points(8, 16, 32);
        assertThat(at(SeriesCalibration.fit(points), 256)).isEqualTo(at(SeriesCalibration.fit(points), 256));
    }

    @Test
    void apply_scenario_givesThePredictedStepTimeToWhoeverTakesIt() {
        SeriesCalibration c = SeriesCalibration.fit(new SyntheticRuns(new Multipliers(1.2, 1, 1), 0, 1).points(8, 16));
        assertThat(new StepCost(c.apply(SyntheticRuns.scenario(128))).seconds(SyntheticRuns.layout(128)))
                .isEqualTo(at(c, 128).seconds());
    }

    @Test
    void predict_levelOutOfRange_isRefused() {
        SeriesCalibration c = SeriesCalibration.fit(List.of());
        assertThatThrownBy(() -> c.predict(SyntheticRuns.scenario(8), SyntheticRuns.layout(8), 1))
                .hasMessage("an interval covers a share of runs between 0.01 and 0.99, not 1.0");
    }

    // Points that repeat or do not go with the others

    @Test
    void fit_hungRun_isNamedAndLeftOut() {
        SyntheticRuns truth = new SyntheticRuns(new Multipliers(1.1, 1, 1), 0.005, 2);
        List<MeasuredPoint> good = truth.points(8, 16, 64, 128);
        MeasuredPoint hung = truth.point(32).withSeconds(2 * truth.seconds(32));
        List<MeasuredPoint> points = new ArrayList<>(good);
        points.add(hung);
        SeriesCalibration c = SeriesCalibration.fit(points);

        assertThat(c.outliers()).singleElement().satisfies(o -> {
            assertThat(o.point()).isEqualTo(hung);
            assertThat(o.excluded()).isTrue();
            assertThat(o.relativeError()).isCloseTo(-0.5, within(0.02));
        });
        assertThat(c.used()).isEqualTo(good);
        assertThat(c.multipliers()).isEqualTo(SeriesCalibration.fit(good).multipliers());
    }

    @Test
    void fit_oneOfThreeIsOff_namesItAndKeepsIt() {
        SyntheticRuns truth = new SyntheticRuns(Multipliers.ONE, 0, 2);
        List<MeasuredPoint> points = new ArrayList<>(truth.points(8, 64));
        points.add(truth.point(16).withSeconds(2 * truth.seconds(16)));
        SeriesCalibration c = SeriesCalibration.fit(points);
        assertThat(c.used()).hasSize(3);
        assertThat(c.outliers())
                .singleElement()
                .satisfies(o -> assertThat(o.excluded()).isFalse());
    }

    @Test
    void fit_repeatedPoints_countOnceWithTheirMedian() {
        SyntheticRuns truth = new SyntheticRuns(Multipliers.ONE, 0, 2);
        MeasuredPoint p = truth.point(8);
        SeriesCalibration repeated = SeriesCalibration.fit(
                List.of(p, truth.point(64), p.withSeconds(3 * p.seconds()), p.withSeconds(0.99 * p.seconds())));
        assertThat(repeated.merged()).isEqualTo(2);
        assertThat(repeated.multipliers())
                .isEqualTo(SeriesCalibration.fit(List.of(p, truth.point(64))).multipliers());
    }

    // What cannot be told apart

    @Test
    void cannotTell_sizesOfOneNode_doNotShowCommunication() {
        SeriesCalibration c = SeriesCalibration.fit(new SyntheticRuns(Multipliers.ONE, 0, 2).points(1, 2));
        assertThat(c.cannotTell())
                .anyMatch(s -> s.startsWith("these points say little about communication: it may still be"));
        assertThat(c.estimates().get(1).learned()).isLessThan(0.2);
    }
}
