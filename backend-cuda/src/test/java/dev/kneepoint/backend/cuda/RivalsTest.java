package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The C program of the check kit, on the doubles of the driver and of cuBLAS, which see that its calls are right. */
@RequiresCompiler({"g++", "gcc", "nm"})
class RivalsTest {
    private static final String LIBRARY_PATH = "LD_LIBRARY_PATH";
    private static final Path SOURCE = Path.of("../gpu-check/rivals.c");
    private static final Path PROGRAM = Path.of("target/rivals");

    /** What a run of the program printed; what the double complains of is an error. */
    private record Result(int exit, String out, String err) {
        double value(String figure) {
            Matcher found = Pattern.compile(Pattern.quote(figure) + ".*?\"value\": ([0-9.e+-]+)")
                    .matcher(out);
            assertThat(found.find()).as(figure + " in " + out).isTrue();
            return Double.parseDouble(found.group(1));
        }
    }

    @BeforeAll
    static void compile() throws IOException {
        Programs.run(List.of(
                "gcc",
                "-std=c11",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                SOURCE.toString(),
                "-o",
                PROGRAM.toString(),
                "-ldl"));
    }

    private static Result run(DoubleConfig machine, Path libraries, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), "--seconds", "0.05"));
        Collections.addAll(command, options);
        Path out = Files.createTempFile(Path.of("target"), "rivals", ".out");
        Path err = Files.createTempFile(Path.of("target"), "rivals", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put(LIBRARY_PATH, libraries.toString());
            builder.environment().put("CUDA_DOUBLE", machine.text());
            int exit = builder.start().waitFor();
            return new Result(
                    exit, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static Path driver() {
        return DoubleBuild.library().getParent();
    }

    @Test
    void everyFigureIsMeasuredAndNothingIsWrongOrLeft() throws Exception {
        Result result = run(
                DoubleConfig.of(1),
                driver(),
                "--shrink",
                "64",
                "--cublas",
                NativeDoubles.cublas().toAbsolutePath().toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).as(result.out()).isZero();
        assertThat(result.out()).contains("\"device\": \"Double A100\"", "\"rows\": \"128\"", "\"problems\": []");
        assertThat(result.value("\"name\": \"launch\", \"parameters\": {\"of\": \"host\""))
                .isPositive();
        assertThat(result.value("\"name\": \"launch\", \"parameters\": {\"of\": \"device\""))
                .isPositive();
        assertThat(result.value("\"name\": \"copy\", \"parameters\": {\"by\": \"driver\", \"array_bytes\": \"%d\""
                        .formatted((1L << 30) / 64)))
                .isPositive();
        assertThat(result.value("\"name\": \"matmul\", \"parameters\": {\"by\": \"cublas\", \"format\": \"bf16\""))
                .isPositive();
    }

    @Test
    void aDeviceThatIsTooSmallLosesOnlyWhatNeedsMore() throws Exception {
        DoubleConfig.Device small = DoubleConfig.Device.A100.withBytes(16L << 20);
        Result result = run(
                DoubleConfig.of(small),
                driver(),
                "--shrink",
                "4",
                "--cublas",
                NativeDoubles.cublas().toAbsolutePath().toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out())
                .contains("{\"part\": \"matmul\", \"problem\": \"cuMemAlloc answers 2\"}", "\"name\": \"copy\"")
                .doesNotContain("\"name\": \"matmul\"");
    }

    @Test
    void withoutDriverOrCublasItSaysSo() throws Exception {
        Result nothing = run(DoubleConfig.of(1), Path.of("/nonexistent"));
        assertThat(nothing.exit()).isEqualTo(1);
        assertThat(nothing.out()).contains("\"figures\": []", "libcuda.so.1 cannot be loaded");
        Result driver = run(DoubleConfig.of(1), driver(), "--shrink", "64", "--cublas", "/nonexistent.so");
        assertThat(driver.exit()).isEqualTo(1);
        assertThat(driver.err()).isEmpty();
        assertThat(driver.out()).contains("there is no cuBLAS that could be loaded", "\"name\": \"launch\"");
    }

    @Test
    void asksTheDriverForTheDeviceThatItIsTold() throws Exception {
        Result result = run(DoubleConfig.of(1), driver(), "--device", "3");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out().toLowerCase(Locale.ROOT)).contains("cudeviceget answers 101");
    }
}
