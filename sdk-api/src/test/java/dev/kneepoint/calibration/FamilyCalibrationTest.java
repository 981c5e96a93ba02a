package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FamilyCalibrationTest {
    private static final CancellationToken NEVER = CancellationToken.none();

    private static double shipped(Measurement m) {
        return Validation.row(m).predictedSeconds().orElseThrow();
    }

    private static Measurement run(String id, String source, int devices, String... more) {
        String[] changes = new String[8 + more.length];
        System.arraycopy(
                new String[] {
                    "id", id, "source", source, "gpus", String.valueOf(devices), "global_batch", "" + 8 * devices
                },
                0,
                changes,
                0,
                8);
        System.arraycopy(more, 0, changes, 8, more.length);
        return Rows.row(changes);
    }

    private static Measurement slower(String id, String source, int devices, double factor, String... more) {
        String[] changes = Arrays.copyOf(more, more.length + 2);
        changes[more.length] = "step_time_s";
        changes[more.length + 1] = String.valueOf(factor * shipped(run(id, source, devices, more)));
        return run(id, source, devices, changes);
    }

    @Test
    void predict_smallRunsAreSlower_largeOneIsPredictedSlower() {
        Measurement large = run("l", "A (2024)", 256);
        Map<String, FamilyCalibration.Calibrated> p = FamilyCalibration.predict(
                List.of(slower("a", "A (2024)", 8, 1.15), slower("b", "A (2025)", 64, 1.15), large),
                ProfileCatalog.shipped(),
                64,
                NEVER);
        assertThat(p.get("l").seconds() / shipped(large)).isCloseTo(1.15, within(0.04));
        assertThat(p.get("l").calibratedOn()).isEqualTo(2);
        assertThat(p.get("l").multipliers().compute()).isGreaterThan(1.05);
    }

    @Test
    void predict_otherModelOfTheFamily_sharesLessThanTheSame() {
        String[] other = {"model", "Other", "hidden", "5120", "heads", "40", "kv_heads", "40"};
        Map<String, FamilyCalibration.Calibrated> p = FamilyCalibration.predict(
                List.of(
                        slower("a", "A", 8, 1.2),
                        slower("b", "A", 16, 1.2),
                        run("same", "A", 128),
                        run("other", "A", 128, other)),
                ProfileCatalog.shipped(),
                64,
                NEVER);
        double same = p.get("same").multipliers().compute();
        double different = p.get("other").multipliers().compute();
        assertThat(different).isGreaterThan(1.02).isLessThan(same);
    }

    @Test
    void predict_familyWithoutSmallRuns_isAsShippedAndSaysSo() {
        Measurement alone = run("alone", "B", 128, "step_time_s", "99");
        Map<String, FamilyCalibration.Calibrated> p = FamilyCalibration.predict(
                List.of(slower("a", "A", 8, 1.3), alone), ProfileCatalog.shipped(), 64, NEVER);
        assertThat(p.get("alone")).isEqualTo(new FamilyCalibration.Calibrated(Multipliers.ONE, shipped(alone), 0));
    }

    @Test
    void predict_whatLargeRunsMeasured_changesNothing() {
        Measurement small = slower("a", "A", 8, 1.1);
        Measurement blind = run("l", "A", 128);
        Measurement seen = run("l", "A", 128, "step_time_s", "99", "notes", "hung");
        assertThat(FamilyCalibration.predict(List.of(small, seen), ProfileCatalog.shipped(), 64, NEVER))
                .isEqualTo(FamilyCalibration.predict(List.of(small, blind), ProfileCatalog.shipped(), 64, NEVER));
    }

    @Test
    void predict_rowThatCannotBeMapped_isLeftOut() {
        assertThat(FamilyCalibration.predict(
                        List.of(run("t", "A", 8, "accelerator", "TPU-v4")), ProfileCatalog.shipped(), 64, NEVER))
                .isEmpty();
    }

    @Test
    void predict_cancelled_stops() {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        assertThatThrownBy(
                        () -> FamilyCalibration.predict(List.of(run("a", "A", 8)), ProfileCatalog.shipped(), 64, token))
                .isInstanceOf(ExecutionCancelledException.class);
    }

    @Test
    void family_editions_areOne() {
        assertThat(List.of(
                        FamilyCalibration.family("Recipes (v24.11.1)"),
                        FamilyCalibration.family("Recipes (25.02)"),
                        FamilyCalibration.family("Recipes Table 3"),
                        FamilyCalibration.family("Recipes (Megatron)")))
                .containsExactly("Recipes", "Recipes", "Recipes", "Recipes (Megatron)");
    }
}
