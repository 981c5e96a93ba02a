package dev.kneepoint.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compiles the double of the driver, once for each state of its sources, also for the tests of other modules. */
public final class DoubleBuild {
    private static final Path NATIVE = KernelHarness.MODULE.resolve("src/test/native");
    private static final Path DRIVER = NATIVE.resolve("driver");
    private static final String STUBS = "stubs.cpp";
    private static final String LIBRARY = "libcuda.so.1";
    private static final String JCUDA = "/lib/libJCudaDriver-12.6.0-linux-x86_64.so";
    private static final List<String> COMPILER =
            List.of("g++", "-std=c++17", "-Wall", "-Wno-unknown-pragmas", "-fPIC", "-fvisibility=hidden");

    /** Without AVX-512, whose many registers would have to be kept at every switch of stacks. */
    private static final List<String> KERNELS =
            List.of("-O3", "-march=native", "-mno-avx512f", "-ffp-contract=off", "-shared");

    private final Path folder;

    private DoubleBuild(Path folder) {
        this.folder = folder;
    }

    /** The library, which nothing has loaded yet. */
    public static Path library() {
        try {
            return CompiledOnce.library(
                    KernelHarness.MODULE.resolve("target/driver-double"),
                    LIBRARY,
                    CompiledOnce.files(NATIVE, DRIVER, KernelHarness.SOURCES),
                    COMPILER.toString() + KERNELS,
                    folder -> new DoubleBuild(folder).build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Functions of the driver that JCuda's library wants. */
    static List<String> wanted() {
        try {
            Path library = Files.createTempFile("jcuda", ".so");
            try (InputStream in = DoubleBuild.class.getResourceAsStream(JCUDA)) {
                if (in == null) {
                    throw new IllegalStateException("the class path lacks " + JCUDA);
                }
                Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
                return symbols("--undefined-only", library);
            } finally {
                Files.deleteIfExists(library);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Functions of the driver that the double has. */
    static List<String> exported(Path library) {
        return symbols("--defined-only", library);
    }

    private static List<String> symbols(String which, Path library) {
        return Programs.run(List.of("nm", "-D", which, library.toString()))
                .lines()
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .filter(name -> name.startsWith("cu"))
                .toList();
    }

    private void build() throws IOException {
        List<List<String>> commands = new ArrayList<>();
        commands.add(driver());
        commands.add(stubs());
        for (PtxModule module : PtxModule.values()) {
            commands.add(kernels(KernelHarness.SOURCES.resolve(module.label() + ".cu")));
        }
        commands.add(kernels(NATIVE.resolve("broken.cu")));
        commands.parallelStream().forEach(Programs::run);
        Programs.run(command("-shared", "-Wl,-soname," + LIBRARY, "-o", at(LIBRARY), at("driver.o"), at("stubs.o")));
    }

    /** In one piece, since most of the time goes into the standard library's headers. */
    private List<String> driver() throws IOException {
        String all = CompiledOnce.files(DRIVER).stream()
                .filter(s -> s.toString().endsWith(".cpp") && !s.endsWith(STUBS))
                .map(s -> "#include \"" + s.toAbsolutePath() + "\"\n")
                .collect(Collectors.joining());
        Path source = Files.writeString(folder.resolve("driver.cpp"), all);
        return command("-O1", "-c", source.toString(), "-o", at("driver.o"));
    }

    private List<String> stubs() throws IOException {
        Path list = Files.writeString(
                folder.resolve("stubs.inc"),
                wanted().stream().map(name -> "STUB(" + name + ")\n").collect(Collectors.joining()));
        return command("-DSTUBS=\"" + list + "\"", "-c", DRIVER.resolve(STUBS).toString(), "-o", at("stubs.o"));
    }

    private List<String> kernels(Path source) throws IOException {
        String name = source.getFileName().toString();
        Path table = KernelHarness.writeTable(source, folder.resolve(name + ".inc"));
        List<String> command = new ArrayList<>(COMPILER);
        command.addAll(KERNELS);
        command.addAll(List.of(
                "-I" + KernelHarness.SOURCES.toAbsolutePath(),
                "-DKERNELS=\"" + source.toAbsolutePath() + "\"",
                "-DTABLE=\"" + table.toAbsolutePath() + "\"",
                NATIVE.resolve("kernels.cpp").toString(),
                "-o",
                at("kernels_" + name + ".so")));
        return command;
    }

    private String at(String file) {
        return folder.resolve(file).toString();
    }

    private static List<String> command(String... options) {
        return Stream.concat(COMPILER.stream(), Stream.of(options)).toList();
    }
}
