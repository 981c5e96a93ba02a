package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnMeasurementsTest {
    /** Tokens of a step of 8 devices, two sequences each. */
    private static final double TOKENS = 8 * 2 * 4096;

    @TempDir
    private Path folder;

    private OwnMeasurements read(String text, OptionalInt globalBatch, OptionalInt localBatch) {
        try {
            Path file = Files.writeString(folder.resolve("mine.csv"), text);
            return OwnMeasurements.read(
                    file,
                    new OwnMeasurements.Defaults(
                            SyntheticRuns.scenario(1), ParallelismStrategy.parse("fsdp"), globalBatch, localBatch));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private OwnMeasurements read(String text) {
        return read(text, OptionalInt.empty(), OptionalInt.of(2));
    }

    // Units and names

    @ParameterizedTest
    @CsvSource({
        "step_time_s, 0.5, 0.5",
        "Step Time (s), 0.5, 0.5",
        "step_time_ms, 500, 0.5",
        "ms/step, 500, 0.5",
        "tokens_per_s, 131072, 0.5",
        "tokens/s/GPU, 16384, 0.5",
    })
    void read_time_hasTheUnitOfItsName(String header, double value, double seconds) {
        MeasuredPoint p =
                read("gpus," + header + "\n8," + value + "\n").points().get(0);
        assertThat(p.seconds()).isCloseTo(seconds, within(1e-9));
        assertThat(p.scenario().workload().tokensPerStep()).isEqualTo((long) TOKENS);
    }

    @ParameterizedTest
    @CsvSource({"devices", "gpus", "n_gpus", "World Size", "num-gpus"})
    void read_devices_haveManyNames(String header) {
        assertThat(read(header + ",step_time_s\n16,1\n").points().get(0).devices())
                .isEqualTo(16);
    }

    @Test
    void read_numbersWithThousands_areRead() {
        assertThat(read("gpus,tokens_per_s\n8,\"131,072\"\n").points().get(0).seconds())
                .isCloseTo(0.5, within(1e-9));
    }

    // What a row says of its run

    @Test
    void read_layoutColumns_overrideTheDefaults() {
        MeasuredPoint p = read("gpus,step_time_s,tp,pp,mbs,gbs,seq_len,dp_kind,precision,model,recompute\n"
                        + "32,2,2,4,1,64,2048,zero1,fp8,llama3-8b,full\n")
                .points()
                .get(0);
        assertThat(p.layout().strategy().spec()).isEqualTo("zero1,tp=2,pp=4,mb=1");
        assertThat(p.layout().recompute()).isEqualTo(Recompute.FULL);
        assertThat(p.scenario().workload().model().name()).isEqualTo("llama3-8b");
        assertThat(p.scenario().workload().precision()).isEqualTo(Precision.FP8);
        assertThat(p.scenario().workload().sequenceLength()).isEqualTo(2048);
        assertThat(p.scenario().workload().globalBatch()).isEqualTo(64);
    }

    @Test
    void read_blankCells_areAsTheDefaultsSay() {
        MeasuredPoint p =
                read("gpus,step_time_s,tp,global_batch\n8,1,,\n").points().get(0);
        assertThat(p.layout().strategy().tensor()).isEqualTo(1);
        assertThat(p.scenario().workload().globalBatch()).isEqualTo(16);
    }

    @Test
    void read_rowWithoutATime_isNoPoint() {
        assertThat(read("gpus,step_time_s\n8,1\n16,\n").points()).hasSize(1);
    }

    @Test
    void read_unknownColumns_areNamed() {
        assertThat(read("gpus,step_time_s,loss\n8,1,2.3\n").ignored()).containsExactly("loss");
    }

    // What is wrong, and where

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nodes,step_time_s;1,1 | mine.csv, line 1: no column says how many devices; call it 'devices' or 'gpus'",
                "gpus,step_time;8,1 | mine.csv, line 1: no column says how long a step took; call it step_time_s,",
                "gpus,step_time_s;8,fast | mine.csv, line 2, column 'step_time_s': want a number above 0, not 'fast'",
                "gpus,step_time_s;8,1;8,-1 | mine.csv, line 3, column 'step_time_s': want a number above 0, not '-1'",
                "gpus,step_time_s;7.5,1 | mine.csv, line 2, column 'gpus': want a whole number of at least 1, not '7.5'",
                "gpus,step_time_s;,1 | mine.csv, line 2, column 'gpus': want a whole number of at least 1, not ''",
                "gpus,devices,step_time_s;8,8,1 | mine.csv, line 1: two columns mean devices, one of them 'devices'",
                "gpus,step_time_s,tp;8,1,3 | mine.csv, line 2: describes no legal run: tp=3 does not divide",
                "gpus,step_time_s,model;8,1,lama | mine.csv, line 2, column 'model': unknown model 'lama'",
                "gpus,step_time_s,dp_kind;8,1,zero9 | mine.csv, line 2, column 'dp_kind':",
                "gpus,step_time_s | mine.csv: has no rows; each is a measured run",
            })
    void read_wrongInput_saysWhereAndWhatWouldBeRight(String lines, String message) {
        assertThatThrownBy(() -> read(lines.strip().replace(';', '\n') + "\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message.strip());
    }

    @Test
    void read_noBatchAnywhere_isRefused() {
        assertThatThrownBy(() -> read("gpus,step_time_s\n8,1\n", OptionalInt.empty(), OptionalInt.empty()))
                .hasMessageEndingWith("line 2: nothing says how many sequences a step has; add a column global_batch or"
                        + " local_batch, or give --global-batch or --local-batch");
    }
}
