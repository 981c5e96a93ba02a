package dev.kneepoint.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path folder;

    private static void assertNothingBeside(Path where) throws IOException {
        try (Stream<Path> all = Files.list(where)) {
            assertThat(all.filter(p -> p.getFileName().toString().contains("kneepoint-")))
                    .isEmpty();
        }
    }

    @Test
    void write_makesFoldersAndReplacesTheOldFile() throws IOException {
        Path file = folder.resolve("a/b/c.txt");
        AtomicFiles.write(file, w -> w.write("one"));
        AtomicFiles.write(file, w -> w.write("two"));
        assertThat(file).hasContent("two");
        assertNothingBeside(folder.resolve("a/b"));
    }

    @Test
    void failureInTheMiddle_keepsTheOldFile() throws IOException {
        Path file = folder.resolve("f.txt");
        AtomicFiles.write(file, w -> w.write("old"));
        assertThatThrownBy(() -> AtomicFiles.write(file, w -> {
                    w.write("half");
                    throw new UncheckedIOException(new IOException("the source broke"));
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + file + ": the source broke");
        assertThat(file).hasContent("old");
        assertNothingBeside(folder);
    }

    @Test
    void folderBelowAFile_isRefusedByName() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> AtomicFiles.write(file.resolve("x/y.txt"), w -> w.write("a")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot write")
                .hasMessageContaining("file");
    }

    @Test
    void folderAsFile_isRefused() {
        assertThatThrownBy(() -> AtomicFiles.write(folder, w -> w.write("a"))).hasMessageContaining("is a folder");
    }

    @Test
    void fullDisk_keepsTheOldFileAndLeavesNothing() throws IOException, InterruptedException {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        int mounted = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assumeTrue(mounted == 0, "mounting a small tmpfs needs root");
        try {
            Path file = disk.resolve("f.txt");
            AtomicFiles.write(file, w -> w.write("old"));
            assertThatThrownBy(() -> AtomicFiles.write(file, w -> w.write("x".repeat(1 << 20))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot write " + file)
                    .hasMessageContaining("No space left");
            assertThat(file).hasContent("old");
            assertNothingBeside(disk);
        } finally {
            new ProcessBuilder("umount", disk.toString()).start().waitFor();
        }
    }
}
