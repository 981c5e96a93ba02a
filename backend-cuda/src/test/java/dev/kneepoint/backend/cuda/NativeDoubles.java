package dev.kneepoint.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Doubles of CUDA's libraries, compiled once for each folder below {@code target/doubles}. */
public final class NativeDoubles {
    private static final Path SOURCES = KernelHarness.MODULE.resolve("src/test/native");
    private static final Path FOLDER = KernelHarness.MODULE.resolve("target/doubles");
    private static final Map<Path, Path> BUILT = new ConcurrentHashMap<>();

    private NativeDoubles() {}

    /** {@code libcublas.so.12}; cuBLASLt's double lies beside it. */
    public static Path cublas() {
        Path folder = FOLDER.resolve("cuda12");
        build(folder.resolve("libcublasLt.so.12"), "cublaslt_double.cpp");
        return build(folder.resolve("libcublas.so.12"), "cublas_double.cpp");
    }

    /** {@code libcublasLt.so.12}, beside cuBLAS's double. */
    public static Path cublasLt() {
        return cublas().resolveSibling("libcublasLt.so.12");
    }

    /** {@code libcublas.so.13}, alone in its folder. */
    static Path cublas13() {
        return build(FOLDER.resolve("cuda13/libcublas.so.13"), "cublas_double.cpp", "-DMAJOR=13");
    }

    /** {@code libnvidia-ml.so.1}. */
    public static Path nvml() {
        return build(FOLDER.resolve("driver/libnvidia-ml.so.1"), "nvml_double.c");
    }

    /** NVML as drivers of CUDA 10 have it: without MIG, and with the former name of the reasons for low clocks. */
    static Path oldNvml() {
        return build(FOLDER.resolve("old-driver/libnvidia-ml.so.1"), "nvml_double.c", "-DOLD");
    }

    /** A library of one function that nobody asks for. */
    public static Path unrelated(String folder, String name) {
        return build(FOLDER.resolve(folder).resolve(name), "unrelated.c");
    }

    /** A library that the loader refuses, for it needs what no library has. */
    public static Path broken(String folder, String name) {
        return build(FOLDER.resolve(folder).resolve(name), "unrelated.c", "-DBROKEN");
    }

    private static Path build(Path library, String source, String... options) {
        return BUILT.computeIfAbsent(library.toAbsolutePath(), l -> compile(l, SOURCES.resolve(source), options));
    }

    private static Path compile(Path library, Path source, String... options) {
        try {
            Files.createDirectories(library.getParent());
            boolean c = source.toString().endsWith(".c");
            List<String> command = new ArrayList<>(
                    c
                            ? List.of("gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-pthread")
                            : List.of("g++", "-std=c++17", "-O3", "-fvisibility=hidden"));
            command.addAll(List.of("-shared", "-fPIC", "-Wall", "-Wextra"));
            command.addAll(List.of(options));
            command.addAll(List.of(source.toString(), "-o", library.toString(), "-ldl"));
            Programs.run(command);
            return library;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
