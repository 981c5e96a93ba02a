package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramCacheTest {
    private static final String KEY = "a".repeat(64);
    private static final byte[] PROGRAM = {1, 2, 3, 4, 5};

    @TempDir
    Path folder;

    private ProgramCache cache() {
        return new ProgramCache(Optional.of(folder.resolve("deep/opencl")));
    }

    private Path file() {
        return folder.resolve("deep/opencl/" + KEY + ".bin");
    }

    @Test
    void load_afterStore() {
        assertThat(cache().load(KEY)).isEmpty();
        cache().store(KEY, PROGRAM);
        assertThat(cache().load(KEY)).contains(PROGRAM);
        assertThat(cache().load("b".repeat(64))).isEmpty();
    }

    @Test
    void store_replaces_andLeavesNothingElse() throws IOException {
        cache().store(KEY, PROGRAM);
        cache().store(KEY, new byte[] {9});
        assertThat(cache().load(KEY)).contains(new byte[] {9});
        try (Stream<Path> files = Files.list(file().getParent())) {
            assertThat(files).containsExactly(file());
        }
    }

    @Test
    void load_anyByteChanged_isAbsent() throws IOException {
        cache().store(KEY, PROGRAM);
        byte[] whole = Files.readAllBytes(file());
        for (int i = 0; i < whole.length; i++) {
            byte[] broken = whole.clone();
            broken[i] ^= (byte) (1 << i % 8);
            Files.write(file(), broken);
            assertThat(cache().load(KEY)).as("byte %d", i).isEmpty();
        }
    }

    @Test
    void load_cutShort_isAbsent() throws IOException {
        cache().store(KEY, PROGRAM);
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThat(cache().load(KEY)).as("%d bytes", length).isEmpty();
        }
    }

    @Test
    void load_anotherProgramsFile_isAbsent() throws IOException {
        String other = "b".repeat(64);
        cache().store(other, PROGRAM);
        Files.move(file().resolveSibling(other + ".bin"), file());
        assertThat(cache().load(KEY)).isEmpty();
    }

    @Test
    void load_folderInTheFilesPlace_isAbsent() throws IOException {
        Files.createDirectories(file().resolve("child"));
        assertThat(cache().load(KEY)).isEmpty();
        cache().store(KEY, PROGRAM);
        assertThat(cache().load(KEY)).isEmpty();
    }

    /** A path below a file can be neither made nor written, whoever runs the test. */
    @Test
    void unwritable_changesNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        ProgramCache cache = new ProgramCache(Optional.of(file.resolve("opencl")));
        cache.store(KEY, PROGRAM);
        assertThat(cache.load(KEY)).isEmpty();
        assertThat(file).hasContent("in the way");
    }

    @Test
    void noFolder_keepsNothing() {
        ProgramCache none = new ProgramCache(Optional.empty());
        none.store(KEY, PROGRAM);
        assertThat(none.load(KEY)).isEmpty();
    }

    /** A reader meanwhile sees one of the programs, or none before the first. */
    @Test
    void store_byManyAtOnce_neverShowsAMixture() throws InterruptedException {
        byte[][] programs = new byte[4][200_000];
        for (int i = 0; i < programs.length; i++) {
            new Random(i).nextBytes(programs[i]);
        }
        Thread[] writers = new Thread[programs.length];
        for (int i = 0; i < writers.length; i++) {
            byte[] mine = programs[i];
            writers[i] = Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 20; n++) {
                    cache().store(KEY, mine);
                }
            });
        }
        boolean seen = false;
        while (Stream.of(writers).anyMatch(Thread::isAlive)) {
            Optional<byte[]> found = cache().load(KEY);
            found.ifPresent(p -> assertThat(Stream.of(programs).anyMatch(q -> Arrays.equals(p, q)))
                    .isTrue());
            assertThat(!seen || found.isPresent()).isTrue();
            seen |= found.isPresent();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(cache().load(KEY)).isPresent();
    }

    @Test
    void key_dependsOnEveryPart() {
        ClDeviceInfo device = device("driver 1");
        KernelSource source = new KernelSource("text", "-a", 16, 8);
        assertThat(Stream.of(
                        ProgramCache.key(device, source),
                        ProgramCache.key(device("driver 2"), source),
                        ProgramCache.key(device, new KernelSource("texu", "-a", 16, 8)),
                        ProgramCache.key(device, new KernelSource("text", "-b", 16, 8)),
                        ProgramCache.key(device, new KernelSource("ext", "-at", 16, 8))))
                .doesNotHaveDuplicates()
                .allMatch(key -> key.matches("[0-9a-f]{64}"));
    }

    private static ClDeviceInfo device(String driver) {
        return new ClDeviceInfo("platform", "name", ClDeviceType.CPU, driver, "OpenCL 3.0", 2, 1, 1, 1, 1, true, false);
    }

    @Test
    void defaultFolder_followsXdg() {
        assertThat(ProgramCache.defaultFolder("/caches", "/home/a")).contains(Path.of("/caches/kneepoint/opencl"));
        assertThat(ProgramCache.defaultFolder(null, "/home/a")).contains(Path.of("/home/a/.cache/kneepoint/opencl"));
        assertThat(ProgramCache.defaultFolder("relative", "/home/a"))
                .contains(Path.of("/home/a/.cache/kneepoint/opencl"));
        assertThat(ProgramCache.defaultFolder("", null)).isEmpty();
    }
}
