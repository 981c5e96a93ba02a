package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
    @TempDir
    Path folder;

    @Test
    void printsErrorsBySourceAndWritesJson() throws IOException {
        Path csv = folder.resolve("runs.csv");
        Files.writeString(csv, """
                id,source,accelerator,gpus,gpus_per_node,precision,model,layers,hidden,heads,ffn_hidden,glu,vocab,\
                seq_len,micro_batch,global_batch,dp_kind,tp,pp,step_time_s,notes
                a,"Some blog, 2024",H100-SXM5-80GB,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,0.8,
                b,"Some blog, 2024",H100-SXM5-80GB,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,,peak mem 40 GB
                c,Other,Abacus,8,8,bf16,7B,32,4096,32,11008,true,32000,4096,2,16,fsdp,1,1,0.8,peak mem 40 GB
                """);
        Path json = folder.resolve("out.json");
        CliRun run = CliRun.of("validate", "--quiet", "--data", csv.toString(), "--out", json.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("Some blog, 2024", "unknown accelerator")
                .contains("by family of sources", "votes 1, rows 1, skipped 0; median", "above 512 devices")
                .contains("inside the validated range: 1 rows")
                .containsPattern("peak memory against the published figure\n.*source\n +1 .*Some blog, 2024\n\n");
        assertThat(Files.readString(json))
                .contains("kneepoint.validation/1", "measured_from", "null_step_s")
                .contains("\"validated\" : \"inside\"", "interval_low_s", "interval_high_s");
    }

    @Test
    void onDemand_ranksLayoutsAndWritesPages() throws IOException {
        StringBuilder csv = new StringBuilder("id,source,accelerator,gpus,precision,model,layers,hidden,heads,seq_len,"
                + "micro_batch,global_batch,dp_kind,tp,step_time_s\n");
        for (int tp : new int[] {1, 2, 4}) {
            for (int mb : new int[] {1, 2}) {
                csv.append("r%d%d,Blog,H100,8,bf16,7B,32,4096,32,4096,%d,64,zero1,%d,%d%n"
                        .formatted(tp, mb, mb, tp, 3 + tp));
            }
        }
        Path file = Files.writeString(folder.resolve("runs.csv"), csv);
        CliRun run = CliRun.of(
                "validate",
                "--quiet",
                "--ranking",
                "--data",
                file.toString(),
                "--report",
                folder.resolve("pages").toString(),
                "--range-out",
                folder.resolve("range.json").toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("ranking of layouts", "1 families with one vote each: regret");
        assertThat(folder.resolve("pages").resolve("index.md")).exists();
        assertThat(folder.resolve("range.json")).content().contains("kneepoint.validated-range/1");
    }
}
