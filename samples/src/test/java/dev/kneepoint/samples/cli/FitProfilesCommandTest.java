package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FitProfilesCommandTest {
    private static final String HEAD = "id,source,accelerator,gpus,gpus_per_node,precision,model,layers,hidden,heads,"
            + "kv_heads,ffn_hidden,glu,vocab,seq_len,micro_batch,global_batch,dp_kind,tp,pp,cp,activation_ckpt,date,"
            + "step_time_s\n";

    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void write() throws IOException {
        StringBuilder csv = new StringBuilder(HEAD);
        for (String source : new String[] {"PyTorch FSDP at one place", "PyTorch FSDP at another"}) {
            for (int gpus = 8; gpus <= 64; gpus *= 2) {
                csv.append(String.join(
                        ",",
                        source.replace(' ', '-') + gpus,
                        source,
                        "H100-SXM5-80GB",
                        String.valueOf(gpus),
                        "8",
                        "bf16",
                        "Llama-2-7B",
                        "32,4096,32,32,11008,true,32000,4096,2",
                        String.valueOf(2 * gpus),
                        "fsdp,1,1,1,none,2023-10",
                        source.contains("another") ? "1.1" : "0.9"));
                csv.append('\n');
            }
        }
        data = Files.writeString(folder.resolve("mine.csv"), csv);
    }

    @Test
    void fittedProfiles_canBeValidated() {
        Path out = folder.resolve("profiles");
        CliRun fit = CliRun.of("fit-profiles", "--data", data.toString(), "--out", out.toString());
        assertThat(fit.code()).as(fit.err()).isZero();
        assertThat(fit.out())
                .contains("constants fitted on 8 rows")
                .containsPattern("device/hopper/gemm.sustained +0\\.\\d+ +\\(.* before 0\\.85")
                .contains("one vote per family of sources: median");
        assertThat(out.resolve("stack-torch-fsdp.json")).exists();
        assertThat(out.resolve("device-hopper.json")).exists();
        CliRun validate = CliRun.of("validate", "--quiet", "--data", data.toString(), "--profiles", out.toString());
        assertThat(validate.code()).as(validate.err()).isZero();
    }

    @Test
    void leaveOut_fitsWithoutTheSource() {
        CliRun fit = CliRun.of("fit-profiles", "--data", data.toString(), "--leave-out", "another");
        assertThat(fit.code()).as(fit.err()).isZero();
        assertThat(fit.out()).contains("constants fitted on 4 rows");
    }

    @Test
    void report_writesPagesAndWhatWasHeldOut() throws IOException {
        Path pages = folder.resolve("pages");
        CliRun fit = CliRun.of(
                "fit-profiles", "--quiet", "--held-out", "--data", data.toString(), "--report", pages.toString());
        assertThat(fit.code()).as(fit.err()).isZero();
        assertThat(fit.out()).contains("unseen source: one family of sources left out");
        assertThat(Files.readString(pages.resolve("constants.md")))
                .startsWith("# Fitted constants")
                .contains("`stack/torch-fsdp/overlap.shardExposure`");
        assertThat(Files.readString(pages.resolve("uncertainty.json")))
                .contains("kneepoint.uncertainty/1", "stack/torch-fsdp/overlap.shardExposure");
        assertThat(Files.readString(pages.resolve("residuals.csv")).lines()).hasSize(9);
        assertThat(Files.readString(pages.resolve("held-out.md"))).contains("family left out", "interpolated row");
        assertThat(Files.readString(pages.resolve("held-out.csv")).lines()).hasSize(9);
        assertThat(pages.resolve("validated-range.json")).exists();
    }

    @Test
    void rowsWithoutTimes_areRefusedInOneLine() throws IOException {
        Path empty = Files.writeString(folder.resolve("none.csv"), HEAD + "a,s,,,,,,,,,,,,,,,,,,,,,,\n");
        CliRun fit = CliRun.of("fit-profiles", "--data", empty.toString());
        assertThat(fit.code()).isEqualTo(2);
        assertThat(fit.err())
                .isEqualToIgnoringNewLines(
                        "kneepoint: none of the 1 rows describes a whole step with its time and shape");
    }
}
