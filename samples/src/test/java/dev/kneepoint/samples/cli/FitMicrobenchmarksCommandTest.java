package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.profile.ProfileCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FitMicrobenchmarksCommandTest {
    @TempDir
    Path folder;

    @Test
    void judgesFitsAndWritesProfiles() throws IOException {
        Path gemm = folder.resolve("gemm.csv");
        Files.writeString(gemm, """
                op,device,dtype,batch,m,n,k,impl,tflops,time_us,quality,source
                gemm,H100-SXM,bf16,1,4096,4096,4096,XLA,780.2,176.16,B,a table
                gemm,Abacus,bf16,1,64,64,64,beads,,1e6,A,a picture
                """);
        StringBuilder rows =
                new StringBuilder("collective,size_bytes,nodes,gpus,gpu,fabric,algo,time_us,kind,quality,source\n");
        for (int mib = 1; mib <= 1024; mib *= 2) {
            rows.append("all_reduce,%d,1,8,A100-SXM4-80GB,NVSwitch3,,%d,nccl-tests,A,made\n"
                    .formatted(mib << 20, 50 + 9 * mib));
        }
        Path collectives = Files.writeString(folder.resolve("collectives.csv"), rows);
        Path out = folder.resolve("fitted");
        CliRun judged =
                CliRun.of("fit-microbenchmarks", "--gemm", gemm.toString(), "--collectives", collectives.toString());
        assertThat(judged.code()).as(judged.err()).isZero();
        assertThat(judged.out())
                .contains("| H100-SXM 16-bit | 1 |", "no fitted profile of Abacus", "A100-SXM4-80GB, NVSwitch3 | 11 |")
                .doesNotContain("Fitted constants");
        CliRun fitted = CliRun.of(
                "fit-microbenchmarks",
                "--gemm",
                gemm.toString(),
                "--collectives",
                collectives.toString(),
                "--fit",
                "--out",
                out.toString());
        assertThat(fitted.code()).as(fitted.err()).isZero();
        assertThat(out.resolve("microbenchmarks.md")).content().contains("Fitted constants", "| ampere scale_up |");
        assertThat(out.resolve("device-ampere.json")).content().contains("\"scale_up\"");
        assertThat(out.resolve("network-infiniband.json"))
                .content()
                .contains("\"ring_scale\" : "
                        + ProfileCatalog.networks().get("infiniband").ringScale());
    }
}
