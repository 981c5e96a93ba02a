package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CompiledOnce;
import dev.kneepoint.backend.cuda.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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
            List<Path> sources = CompiledOnce.files(SOURCES, HEADERS);
            sources.add(ARITHMETIC);
            return CompiledOnce.library(
                    MODULE.resolve("target/nccl-double"),
                    NcclLibrary.FILE,
                    sources,
                    COMPILER.toString(),
                    NcclDoubleBuild::build);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In one piece, since most of the time goes into the standard library's headers. */
    private static void build(Path folder) throws IOException {
        String all = CompiledOnce.files(SOURCES).stream()
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
        Programs.run(command);
    }
}
