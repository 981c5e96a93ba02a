package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All kernels of both forms under Oclgrind, which interprets them and reports races, accesses out of bounds and reads of
 * what nothing was written to. It comes as a driver, so a process of its own takes it for the machine's only one.
 */
@Tag("oclgrind")
class OclgrindTest {
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/lib/oclgrind/liboclgrind-rt-icd.so"),
            Path.of("/usr/lib/x86_64-linux-gnu/oclgrind/liboclgrind-rt-icd.so"),
            Path.of("/usr/local/lib/oclgrind/liboclgrind-rt-icd.so"));
    private static Path icd;

    @TempDir
    Path folder;

    @BeforeAll
    static void find() {
        icd = PLACES.stream().filter(Files::exists).findFirst().orElse(null);
        if (icd == null) {
            String reason = "no Oclgrind (install the package oclgrind); looked for " + PLACES;
            if ("1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
                fail(reason);
            }
            abort(reason);
        }
    }

    /** What Oclgrind reports while a main class runs to its end; empty if nothing is wrong. */
    private String reports(Class<?> main, boolean uninitialised, String... arguments)
            throws IOException, InterruptedException {
        Path vendors = Files.createDirectories(folder.resolve("vendors"));
        Files.writeString(vendors.resolve("oclgrind.icd"), icd + "\n");
        Path log = folder.resolve("log");
        Path output = folder.resolve("output");
        Process process = ChildJvm.start(
                main,
                Map.of(
                        "OCL_ICD_VENDORS",
                        vendors.toString(),
                        "OCLGRIND_DATA_RACES",
                        "1",
                        "OCLGRIND_UNINITIALIZED",
                        uninitialised ? "1" : "0",
                        // It counts a kernel's local memory twice where another kernel has the same.
                        "OCLGRIND_LOCAL_MEM_SIZE",
                        "131072",
                        "OCLGRIND_LOG",
                        log.toString()),
                output,
                arguments);
        try {
            assertThat(process.waitFor(20, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(said).as("exit %d", process.exitValue()).endsWith("done\n");
        assertThat(process.exitValue()).isZero();
        return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
    }

    /** Of vectors of 16 Oclgrind does not know what was written; those of 4 are the same source. */
    @ParameterizedTest
    @CsvSource({"CPU, 4, true", "CPU, 16, false", "GPU, 4, true"})
    void kernels_areClean(String form, String vector, boolean uninitialised) throws Exception {
        assertThat(reports(SmallRun.class, uninitialised, form, vector)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"race, data race", "outside, Invalid write", "uninitialised, Uninitialized"})
    void faultyKernel_isReported(String kernel, String report) throws Exception {
        assertThat(reports(FaultyRun.class, true, kernel))
                .containsIgnoringCase(report)
                .contains(kernel);
    }

    /** Else the faulty ones might be reported for what they share with it. */
    @ParameterizedTest
    @ValueSource(strings = "correct")
    void kernelWithoutFault_isNot(String kernel) throws Exception {
        assertThat(reports(FaultyRun.class, true, kernel)).isEmpty();
    }
}
