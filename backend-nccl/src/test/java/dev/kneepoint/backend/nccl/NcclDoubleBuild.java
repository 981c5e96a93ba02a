package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compiles the double of NCCL, once for each state of its sources, also for the tests of other modules. */
public final class NcclDoubleBuild {
    private static final Path MODULE =
            Path.of(Files.isDirectory(Path.of("src/test/native/nccl")) ? "" : "../backend-nccl");
    private static final Path SOURCES = MODULE.resolve("src/test/native/nccl");
    private static final Path HEADERS = MODULE.resolve("src/main/native");

    /** Of the doubles of CUDA's libraries. */
    private static final Path ARITHMETIC = MODULE.resolve("../backend-cuda/src/test/native/numbers.h");

    private static final List<String> COMPILER = List.of(
            "g++",
            "-std=c++17",
            "-O3",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fPIC",
            "-fvisibility=hidden",
            "-shared",
            "-pthread",
            "-Wl,-soname," + NcclLibrary.FILE);

    private NcclDoubleBuild() {}

    /** The library, which this process need not have loaded yet. */
    public static Path library() {
        try {
            Path all =
                    Files.createDirectories(MODULE.resolve("target/nccl-double").toAbsolutePath());
            Path done = all.resolve(state());
            if (!Files.exists(done.resolve(NcclLibrary.FILE))) {
                Path work = Files.createTempDirectory(all, "work");
                build(work);
                publish(work, done);
            }
            return done.resolve(NcclLibrary.FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In one piece, since most of the time goes into the standard library's headers. */
    private static void build(Path folder) throws IOException {
        String all = files(SOURCES).stream()
                .filter(s -> s.toString().endsWith(".cpp"))
                .map(s -> "#include \"" + s.toAbsolutePath() + "\"\n")
                .collect(Collectors.joining());
        Path source = Files.writeString(folder.resolve("nccl.cpp"), all);
        List<String> command = new ArrayList<>(COMPILER);
        command.addAll(List.of(
                "-I" + HEADERS.toAbsolutePath(),
                "-I" + ARITHMETIC.toAbsolutePath().getParent(),
                source.toString(),
                "-o",
                folder.resolve(NcclLibrary.FILE).toString(),
                "-ldl"));
        run(command);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static String state() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            List<Path> sources = new ArrayList<>(files(SOURCES));
            sources.addAll(files(HEADERS));
            sources.add(ARITHMETIC);
            for (Path source : sources) {
                digest.update(Files.readAllBytes(source));
            }
            digest.update(COMPILER.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another process may have been faster. */
    private static void publish(Path work, Path done) throws IOException {
        try {
            Files.move(work, done, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.exists(done.resolve(NcclLibrary.FILE))) {
                throw e;
            }
        }
    }

    /** What a program writes, which must end well. */
    static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ":\n" + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return said;
    }
}
