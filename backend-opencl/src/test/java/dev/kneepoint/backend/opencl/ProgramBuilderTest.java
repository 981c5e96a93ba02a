package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.cl_program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Building programs with a cache in every state that it may be found in. */
@RequiresOpenCl
class ProgramBuilderTest {
    private static final KernelSource SOURCE = source("__kernel void set(__global int *x) { x[0] = 42; }");

    @TempDir
    Path base;

    private TestDevice device;

    @BeforeEach
    void open() {
        device = TestDevice.bare();
    }

    @AfterEach
    void close() {
        device.close();
    }

    private static KernelSource source(String text) {
        return new KernelSource(text, "-cl-std=CL1.2", 4, 4);
    }

    private Path cacheFolder() {
        return base.resolve("cache");
    }

    private Path output(int process) {
        return base.resolve("output" + process);
    }

    private ProgramCache cache() {
        return new ProgramCache(Optional.of(cacheFolder()));
    }

    private String key() {
        return ProgramCache.key(device.device.info(), SOURCE);
    }

    /** Builds the program with a cache and lets it compute. */
    static int answer(TestDevice device, ProgramCache cache) {
        cl_program program = new ProgramBuilder(device.device, cache).build(SOURCE);
        try (DeviceArrays arrays = device.arrays();
                Launcher launcher = new Launcher(program, 1, List.of("set"))) {
            DeviceBuffer out = arrays.empty(1);
            device.finish(launcher.launch(device.queue, "set", new long[] {1}, DeviceKernels.NOTHING, out));
            return Float.floatToRawIntBits(arrays.read(out, 1)[0]);
        }
    }

    @Test
    void build_storesAProgram_thatTheNextOneTakes() {
        assertThat(answer(device, cache())).isEqualTo(42);
        byte[] stored = cache().load(key()).orElseThrow();
        assertThat(answer(device, cache())).isEqualTo(42);
        assertThat(cache().load(key())).contains(stored);
    }

    /** The file is whole, so only the driver can tell. */
    @Test
    void build_driverRefusesTheStoredProgram_buildsAnew() {
        byte[] nonsense = "no program".getBytes(StandardCharsets.UTF_8);
        cache().store(key(), nonsense);
        assertThat(answer(device, cache())).isEqualTo(42);
        assertThat(cache().load(key()).orElseThrow()).isNotEqualTo(nonsense);
    }

    @Test
    void build_corruptFile_buildsAnewAndRepairsIt() throws IOException {
        assertThat(answer(device, cache())).isEqualTo(42);
        Path file = cacheFolder().resolve(key() + ".bin");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(cache().load(key())).isEmpty();
        assertThat(answer(device, cache())).isEqualTo(42);
        assertThat(cache().load(key())).isPresent();
    }

    @Test
    void build_unwritableFolder_works() throws IOException {
        Path file = Files.writeString(base.resolve("file"), "");
        assertThat(answer(device, new ProgramCache(Optional.of(file.resolve("below")))))
                .isEqualTo(42);
    }

    @Test
    void build_twoProcessesAtOnce_bothWork() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(ChildJvm.start(
                    Builds.class, Map.of(), output(i), cacheFolder().toString()));
        }
        for (int i = 0; i < processes.size(); i++) {
            assertThat(processes.get(i).waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(output(i)).hasContent("42 ".repeat(Builds.TIMES));
            assertThat(processes.get(i).exitValue()).isZero();
        }
        assertThat(answer(device, cache())).isEqualTo(42);
        try (Stream<Path> files = Files.list(cacheFolder())) {
            assertThat(files).hasSize(1);
        }
    }

    /** What each of the processes does: it spoils the file now and then, so that both keep writing. */
    static final class Builds {
        static final int TIMES = 10;

        private Builds() {}

        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            try (TestDevice device = TestDevice.bare()) {
                for (int i = 0; i < TIMES; i++) {
                    System.out.print(answer(device, new ProgramCache(Optional.of(folder))) + " ");
                    Path file = folder.resolve(ProgramCache.key(device.device.info(), SOURCE) + ".bin");
                    if (i < TIMES - 1) {
                        Files.write(file, new byte[i]);
                    }
                }
            }
        }
    }

    @Test
    void build_brokenSource_showsTheLog() {
        assertThatThrownBy(() -> new ProgramBuilder(device.device, cache())
                        .build(source("__kernel void broken() { undeclared_name = 1; }")))
                .isInstanceOfSatisfying(OpenClException.class, e -> {
                    assertThat(e.error()).isEqualTo("CL_BUILD_PROGRAM_FAILURE");
                    assertThat(e.code()).isEqualTo(CL.CL_BUILD_PROGRAM_FAILURE);
                    assertThat(e.buildLog().orElseThrow()).contains("undeclared_name");
                })
                .hasMessageContaining(device.device.info().name())
                .hasMessageContaining("undeclared_name");
        assertThat(cacheFolder()).doesNotExist();
    }
}
