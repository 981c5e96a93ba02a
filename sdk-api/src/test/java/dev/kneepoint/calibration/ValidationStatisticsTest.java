package dev.kneepoint.calibration;

import static dev.kneepoint.calibration.ScoredRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidationStatisticsTest {
    // Families

    @ParameterizedTest
    @CsvSource({
        "NVIDIA recipes (v24.11.1), NVIDIA recipes",
        "MLPerf Training v3.1 gpt3, MLPerf Training v3.1 gpt3",
        "Narayanan et al. 2021 (SC21) Table 1, Narayanan et al. 2021 (SC21)",
        "A summary (25.09), A summary",
        "A name of more than forty characters altogether, A name of more than forty characters alt"
    })
    void family_isTheSourceUpToVersionYearOrTable(String source, String family) {
        assertThat(new Measurement("x", source, Map.of()).family()).isEqualTo(family);
    }

    // Summaries

    @Test
    void summary_ofFourRows() {
        // Errors +10 %, -20 %, +30 %, 0: magnitudes 0, .1, .2, .3; the null model is half of each measured time.
        ErrorSummary s =
                ErrorSummary.of("x", List.of(row("a", 10, 11), row("b", 10, 8), row("c", 10, 13), row("d", 10, 10)));
        assertThat(s.rows()).isEqualTo(4);
        assertThat(s.median().orElseThrow()).isCloseTo(.15, within(1e-12));
        assertThat(s.p90().orElseThrow()).isCloseTo(.2 + .7 * .1, within(1e-12));
        assertThat(s.bias().orElseThrow()).isCloseTo(.05, within(1e-12));
        assertThat(s.nullMedian().orElseThrow()).isCloseTo(.5, within(1e-12));
    }

    @Test
    void summary_ofNothing_isEmpty() {
        assertThat(ErrorSummary.of("x", List.of()).median()).isEqualTo(OptionalDouble.empty());
    }

    @Test
    void buckets_haveTheirEdgesInside() {
        List<ValidationRow> rows = List.of(
                row("a", 10, 11, "gpus=1"),
                row("b", 10, 11, "gpus=8"),
                row("c", 10, 12, "gpus=9"),
                row("d", 10, 12, "gpus=64"),
                row("e", 10, 13, "gpus=65"),
                row("f", 10, 13, "gpus=512"),
                row("g", 10, 14, "gpus=513"));
        assertThat(DeviceBuckets.of(rows)).extracting(ErrorSummary::rows).containsExactly(2, 2, 2, 1);
        assertThat(DeviceBuckets.of(rows).get(2).bias().orElseThrow()).isCloseTo(.3, within(1e-12));
    }

    // Noise

    @Test
    void noise_isTheDifferenceOfEqualSettings() {
        List<ValidationRow> rows = List.of(
                row("a", 10, 11, "notes=first"),
                row("b", 12, 11, "notes=second", "row_ref=Table 2"),
                row("c", 10, 11),
                row("other batch", 20, 11, "global_batch=16"),
                row("read as another schedule", 30, 9));
        List<NoiseFloor> floors = NoiseFloor.of(rows);
        // a and b, b and c differ by 2 over a mean of 11; a and c are equal.
        assertThat(floors).extracting(NoiseFloor::pairs).containsExactly(2);
        assertThat(floors.getFirst().median()).isCloseTo(2 / 11.0, within(1e-12));
        assertThat(NoiseFloor.of(List.of(row("a", 10, 11), row("b", 10, 11)))).isEmpty();
    }

    // Suspect rows

    @Test
    void suspects_haveAnIdAndAReasonInWords() {
        assertThat(SuspectRows.all()).hasSizeGreaterThan(20);
        assertThat(SuspectRows.all()).allSatisfy((id, reason) -> {
            assertThat(id).matches("[a-z][A-Za-z0-9.-]+");
            assertThat(reason).hasSizeGreaterThan(20).doesNotEndWith(".");
        });
    }

    @Test
    void suspects_areLeftOutOnDemand() {
        String id = SuspectRows.all().keySet().iterator().next();
        ValidationResult result = new ValidationResult(List.of(row(id, 10, 11), row("innocent", 10, 11)));
        assertThat(result.rows().getFirst().suspect())
                .isEqualTo(SuspectRows.reason(id))
                .isPresent();
        assertThat(result.withoutSuspects().rows())
                .extracting(ValidationRow::id)
                .containsExactly("innocent");
    }
}
