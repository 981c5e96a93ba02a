package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
    private static final String STEADY = "gpus,step_time_s,loss\n8,0.86,2\n16,0.872,2\n32,0.88,2\n32,0.885,2\n";

    @TempDir
    private Path folder;

    private CliRun predict(String csv, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("mine.csv"), csv);
        List<String> args = new ArrayList<>(
                List.of("predict", "--measured", file.toString(), "--model", "llama2-7b", "--devices", "8..64"));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    @Test
    void table_hasTheCurveTheVerdictAndWhatThePointsSay() throws IOException {
        CliRun run = predict(STEADY + "64,1.79,2\n128,0.91,2\n", "--local-batch", "2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("weak scaling, 2 per device")
                .contains("step time with 80 % interval")
                .contains("Verdict: llama2-7b on dgx-h100 with fsdp, calibrated on 4 measured points:")
                .contains("Calibrated on 4 points (1 merged with equal runs)")
                .contains("these points say little about communication")
                .containsPattern("outlier, left out: .*mine.csv, line 6 +.64 devices")
                .contains("columns that mean nothing to predict: loss");
    }

    @Test
    void json_hasEveryFieldOfTheContract() throws IOException {
        Path out = folder.resolve("prediction.json");
        CliRun run =
                predict(STEADY, "--local-batch", "2", "--interval", "90", "--format", "json", "--out", out.toString());
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(new ObjectMapper().readTree(out.toFile())).isEqualTo(json);
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.prediction/1");
        assertThat(json.path("scenario").path("interval").asDouble()).isEqualTo(0.9);
        assertThat(json.path("calibration").path("calibrated").asBoolean()).isTrue();
        assertThat(json.path("calibration").path("points").asInt()).isEqualTo(3);
        assertThat(json.path("calibration").path("multipliers")).hasSize(3);
        assertThat(json.path("points")).hasSize(4);
        for (JsonNode p : json.path("points")) {
            assertThat(p.path("step_s").asDouble())
                    .isBetween(p.path("low_s").asDouble(), p.path("high_s").asDouble());
            double tokens = p.path("global_batch").asInt() * 4096.0;
            assertThat(p.path("tokens_per_s").asDouble())
                    .isEqualTo(tokens / p.path("step_s").asDouble());
        }
        assertThat(json.path("points").get(2).path("measured_step_s").asDouble())
                .isCloseTo(0.8825, within(1e-12));
        assertThat(json.path("knee").path("kind").asText()).isEqualTo("beyond");
    }

    @Test
    void batchOfTheRows_saysWhatLargerSizesKeep() throws IOException {
        assertThat(predict("gpus,step_time_s,gbs\n8,0.86,16\n16,0.87,32\n").out())
                .contains("weak scaling, 2 per device");
        assertThat(predict("gpus,step_time_s,gbs\n8,3.3,64\n16,1.7,64\n").out())
                .contains("strong scaling, global batch 64");
        assertThat(predict("gpus,step_time_s,gbs\n8,3.3,64\n16,1.7,32\n").err())
                .contains("keep neither the global batch nor the batch per device");
    }

    @Test
    void withoutMeasurements_saysThatItIsNotCalibrated() {
        CliRun run = CliRun.of("predict", "--model", "llama2-7b", "--devices", "8,64", "--local-batch", "2");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("fsdp, not calibrated: ", "Not calibrated: no measured point");
    }

    @Test
    void wrongInput_isOneLineThatNamesThePlace() throws IOException {
        CliRun run = predict("gpus,step_time_s\n8,fast\n", "--local-batch", "2");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().strip())
                .isEqualTo("kneepoint: " + folder.resolve("mine.csv")
                        + ", line 2, column 'step_time_s': want a number above 0, not 'fast'");
    }

    @Test
    void interval_outOfRange_isRefused() throws IOException {
        assertThat(predict(STEADY, "--local-batch", "2", "--interval", "100").err())
                .contains("an interval covers a share of runs between 0.01 and 0.99, not 1.0");
    }

    @Test
    void sizes_areDoublingsOrAList() {
        assertThat(DeviceSizes.parse("8..100")).containsExactly(8, 16, 32, 64);
        assertThat(DeviceSizes.parse("6, 24,32..64")).containsExactly(6, 24, 32, 64);
        for (String wrong : List.of("", "8..", "64..8", "0", "8-64", "8,,16")) {
            assertThatThrownBy(() -> DeviceSizes.parse(wrong))
                    .hasMessage(
                            "--devices takes doublings such as 8..4096 or a list such as 8,24,64, not '" + wrong + "'");
        }
    }

    @Test
    void validate_fitUpTo_saysHowManyRunsItRestsOn() throws IOException {
        Path csv = Files.writeString(
                folder.resolve("runs.csv"),
                "id,source,accelerator,gpus,step_time_s,precision,model,layers,hidden,heads,seq_len,global_batch\n"
                        + "a,A,H100,8,4,bf16,M,4,1024,16,2048,32\nb,A,H100,128,,bf16,M,4,1024,16,2048,512\n"
                        + "c,B,H100,128,,bf16,M,4,1024,16,2048,512\n");
        Path out = folder.resolve("v.json");
        CliRun run = CliRun.of(
                "validate", "--quiet", "--data", csv.toString(), "--fit-up-to", "64", "--out", out.toString());
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode rows = new ObjectMapper().readTree(out.toFile()).path("rows");
        assertThat(rows.get(1).path("calibrated_on").asInt(-1)).isEqualTo(1);
        assertThat(rows.get(2).path("calibrated_on").asInt(-1)).isZero();
        assertThat(rows.get(1).path("predicted_step_s").asDouble())
                .isGreaterThan(rows.get(2).path("predicted_step_s").asDouble());
    }
}
