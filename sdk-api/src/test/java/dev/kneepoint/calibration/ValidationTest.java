package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.internal.fit.Quantiles;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ProgressListener;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationTest {
    /** Tokens of a step of {@link Rows#row}. */
    private static final double TOKENS = 64 * 4096;

    @TempDir
    private Path folder;

    // What counts as measured

    @Test
    void row_stepTime_comesFirst() {
        ValidationRow row = Validation.row(Rows.row("step_time_s", "5", "tokens_per_s_per_gpu", "1", "mfu_pct", "1"));
        assertThat(row.measuredSeconds()).contains(5.0);
        assertThat(row.measuredFrom()).contains("step_time_s");
        assertThat(row.relativeError().orElseThrow())
                .isCloseTo(row.predictedSeconds().orElseThrow() / 5 - 1, within(1e-12));
    }

    @Test
    void row_tokensPerSecond_countTheBatch() {
        ValidationRow row = Validation.row(Rows.row("tokens_per_s_per_gpu", "8192", "mfu_pct", "1"));
        assertThat(row.measuredSeconds().orElseThrow()).isCloseTo(TOKENS / (8192 * 8), within(1e-9));
        assertThat(row.measuredFrom()).contains("tokens_per_s_per_gpu");
    }

    @Test
    void row_utilization_isAgainstTheDensePeakAndNonCausal() {
        // 6 * (32 layers * 202.4M + head 131.1M) + 12 * 32 * 4096 * 4096 operations per token.
        double perToken =
                6 * (32 * (4 * 4096.0 * 4096 + 3 * 4096.0 * 11008) + 32000 * 4096.0) + 12 * 32 * 4096.0 * 4096;
        ValidationRow row = Validation.row(Rows.row("mfu_pct", "40"));
        assertThat(row.measuredSeconds().orElseThrow())
                .isCloseTo(perToken * TOKENS / (8 * 0.4 * 989.4e12), within(1e-6));
        assertThat(row.measuredFrom()).contains("mfu_pct");
    }

    @Test
    void row_teraflops_followTheSourcesConvention() {
        double plain = measured("Somebody", "none");
        assertThat(measured("Narayanan et al. 2021", "full")).isBetween(1.3 * plain, 1.34 * plain);
        assertThat(measured("NVIDIA Megatron-Bridge", "none")).isLessThan(plain);
    }

    private static double measured(String source, String recompute) {
        ValidationRow row =
                Validation.row(Rows.row("tflops_per_gpu", "400", "source", source, "activation_ckpt", recompute));
        assertThat(row.measuredFrom()).contains("tflops_per_gpu");
        return row.measuredSeconds().orElseThrow();
    }

    // Predictions

    @Test
    void row_measuredColumnsAndNotes_changeNoPrediction() {
        Optional<Double> blind = Validation.row(Rows.row()).predictedSeconds();
        assertThat(blind).isPresent();
        assertThat(Validation.row(
                                Rows.row("step_time_s", "9", "tflops_per_gpu", "900", "notes", "compile, offload used"))
                        .predictedSeconds())
                .isEqualTo(blind);
    }

    @Test
    void row_runThatOurMemoryEstimateRefuses_isPredicted() {
        assertThat(Validation.row(Rows.row("layers", "80", "hidden", "8192", "heads", "64", "kv_heads", "64"))
                        .predictedSeconds())
                .isPresent();
    }

    @Test
    void row_nullModel_isHalfOfThePeak() {
        ValidationRow row = Validation.row(Rows.row("mfu_pct", "50"));
        assertThat(row.nullModelError().orElseThrow()).isCloseTo(0, within(1e-9));
    }

    // Files

    @Test
    void run_file_reportsSourcesSkipsAndProgress() throws IOException {
        Path csv = csv("r1,A,H100,8,4\nr2,A,H100,8,\nr3,B,TPU-v4,8,4\n");
        List<String> heard = new ArrayList<>();
        ValidationResult result = Validation.run(
                csv, Optional.empty(), (done, total, what) -> heard.add(done + "/" + total), CancellationToken.none());

        assertThat(heard).containsExactly("1/3", "2/3", "3/3");
        SourceSummary a = result.bySource().get(0);
        assertThat(a.source()).isEqualTo("A");
        assertThat(a.rows()).isEqualTo(2);
        assertThat(a.predicted()).isEqualTo(2);
        assertThat(a.median().orElseThrow())
                .isEqualTo(Math.abs(result.rows().get(0).relativeError().orElseThrow()));
        SourceSummary b = result.bySource().get(1);
        assertThat(b.skipped()).containsEntry("unknown accelerator", 1);
        assertThat(b.median()).isEmpty();
        StringWriter json = new StringWriter();
        result.writeJson(json);
        assertThat(json.toString())
                .contains("\"schema\" : \"kneepoint.validation/1\"", "\"measured_from\" : \"step_time_s\"")
                .contains("\"skipped\" : \"unknown accelerator\"", "\"stack\" : \"")
                .doesNotContain(": null", "NaN");
    }

    @Test
    void run_sourceThatIsNotThere_isRefused() throws IOException {
        Path csv = csv("r1,A,H100,8,4\n");
        assertThatThrownBy(
                        () -> Validation.run(csv, Optional.of("Z"), ProgressListener.none(), CancellationToken.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("no source contains 'Z'");
    }

    @Test
    void run_missingColumn_namesIt() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.csv"), "id,source\nr1,A\n");
        assertThatThrownBy(
                        () -> Validation.run(file, Optional.empty(), ProgressListener.none(), CancellationToken.none()))
                .hasMessageContaining("bad.csv, line 1: the column 'accelerator' is missing");
    }

    @Test
    void run_cancelled_stops() throws IOException {
        Path csv = csv("r1,A,H100,8,4\n");
        CancellationToken token = CancellationToken.create();
        token.cancel();
        assertThatThrownBy(() -> Validation.run(csv, Optional.empty(), ProgressListener.none(), token))
                .isInstanceOf(ExecutionCancelledException.class);
    }

    @Test
    void quantile_interpolatesLinearly() {
        assertThat(Quantiles.of(new double[] {0, 1, 2, 10}, 0.9).orElseThrow()).isCloseTo(2 + 0.7 * 8, within(1e-12));
    }

    private Path csv(String rows) throws IOException {
        StringBuilder text = new StringBuilder("id,source,accelerator,gpus,step_time_s,precision,model,layers,hidden,"
                + "heads,seq_len,global_batch,date\n");
        rows.lines().forEach(r -> text.append(r).append(",bf16,M,4,1024,16,2048,32,2024-06\n"));
        return Files.writeString(folder.resolve("in.csv"), text);
    }
}
