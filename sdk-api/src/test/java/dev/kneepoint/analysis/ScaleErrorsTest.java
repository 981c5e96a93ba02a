package dev.kneepoint.analysis;

import static dev.kneepoint.calibration.ScoredRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleErrorsTest {

    /** Predicted over measured grows by a factor with every doubling. */
    private static List<ValidationRow> series(String model, double factor) {
        List<ValidationRow> rows = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rows.add(row(model + i, 10, 10 * Math.pow(factor, i), "model=" + model, "gpus=" + (8 << i)));
        }
        return rows;
    }

    // Drift

    @Test
    void drift_isTheSlopePerDoublingWithOneVotePerSeries() {
        List<ValidationRow> rows = series("a", 1.02);
        rows.addAll(series("b", 1.04));
        rows.addAll(series("b", 1.04));
        ScaleDrift drift = ScaleDrift.of(rows);
        assertThat(drift.series())
                .extracting(ScaleDrift.Series::slope)
                .satisfiesExactly(
                        a -> assertThat(a).isCloseTo(Math.log(1.02), within(1e-12)),
                        b -> assertThat(b).isCloseTo(Math.log(1.04), within(1e-12)));
        Interval pooled = drift.pooled().orElseThrow();
        assertThat(pooled.value()).isCloseTo((Math.log(1.02) + Math.log(1.04)) / 2, within(1e-12));
        // Two series: Student's t of one degree of freedom is 12.706, the standard error half of the difference.
        double half = 12.706 * (Math.log(1.04) - Math.log(1.02)) / 2;
        assertThat(pooled.high() - pooled.value()).isCloseTo(half, within(1e-4));
        assertThat(drift.nullPooled().orElseThrow().value()).isCloseTo(0, within(1e-12));
    }

    @Test
    void drift_needsThreeSizesAndTwoSeries() {
        ScaleDrift drift = ScaleDrift.of(
                List.of(row("a", 10, 10, "gpus=8"), row("b", 10, 12, "gpus=16"), row("c", 10, 14, "gpus=16")));
        assertThat(drift.series()).isEmpty();
        assertThat(drift.pooled()).isEmpty();
        assertThat(ScaleDrift.of(series("a", 1.02)).pooled()).isEmpty();
    }

    // The knee

    @Test
    void knee_ofPredictionAndMeasurement_countSteps() {
        // Strong scaling of 8,000 tokens: speed-ups by measurement 2, 1.25, 1.25; by prediction 2, 1.6, 1.25.
        List<ValidationRow> rows = List.of(
                row("a", 8, 8, "gpus=8"),
                row("b", 4, 4, "gpus=16"),
                row("c", 3.2, 2.5, "gpus=32"),
                row("d", 2.56, 2, "gpus=64"));
        KneeError error = KneeError.of(rows).getFirst();
        assertThat(error.measured()).isEqualTo(16);
        assertThat(error.predicted()).isEqualTo(32);
        assertThat(error.steps()).isEqualTo(1);
        assertThat(error.nullSteps()).isZero();
        assertThat(error.sizes()).isEqualTo(4);
        assertThat(error.largest()).isEqualTo(64);
    }

    @Test
    void knee_takesTheQuickestOfASize_eachByItsOwnFigures() {
        List<ValidationRow> rows = new ArrayList<>(List.of(
                row("a", 8, 8, "gpus=8"),
                row("b", 4, 4, "gpus=16"),
                row("c", 2, 2, "gpus=32"),
                row("slow", 2.56, 1, "gpus=64", "tp=8"),
                row("quick", 1, 2.56, "gpus=64")));
        KneeError error = KneeError.of(rows).getFirst();
        assertThat(error.measured()).isEqualTo(64);
        assertThat(error.predicted()).isEqualTo(64);
    }

    @Test
    void knee_needsFourSizesOfOneMachine() {
        assertThat(KneeError.of(List.of(
                        row("a", 8, 8, "gpus=8"),
                        row("b", 4, 4, "gpus=16"),
                        row("c", 2, 2, "gpus=32"),
                        row("d", 1, 1, "gpus=64", "accelerator=A100"))))
                .isEmpty();
    }
}
