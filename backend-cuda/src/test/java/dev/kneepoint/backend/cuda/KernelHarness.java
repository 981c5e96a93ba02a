package dev.kneepoint.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Kernels that g++ compiled for this machine with an emulation of CUDA and its sanitizers. Every launch is a process of its
 * own, which ends with an error if a kernel touches what is not its own.
 */
final class KernelHarness {
    /** This module, also for the tests of others. */
    static final Path MODULE = Path.of(Files.isDirectory(Path.of("src/main/cuda")) ? "" : "../backend-cuda");

    static final Path SOURCES = MODULE.resolve("src/main/cuda");
    private static final Path NATIVE = MODULE.resolve("src/test/native");
    private static final Pattern KERNEL =
            Pattern.compile("KERNEL(?:_OF\\(\\d\\)|_FOR\\([^)]+\\))? ([a-z0-9_]+?)(?:##t)?\\(");
    private static final Map<Path, KernelHarness> BUILT = new ConcurrentHashMap<>();

    private final Path program;

    private KernelHarness(Path program) {
        this.program = program;
    }

    /** An argument that points into a buffer. */
    record Pointer(int buffer, long bytes) {}

    /** A launch that the sanitizer or the emulation ended. */
    static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message);
        }
    }

    static KernelHarness of(PtxModule module) {
        return of(SOURCES.resolve(module.label() + ".cu"));
    }

    static KernelHarness broken() {
        return of(NATIVE.resolve("broken.cu"));
    }

    private static KernelHarness of(Path source) {
        return BUILT.computeIfAbsent(source, s -> new KernelHarness(build(s)));
    }

    /** Names of the kernels of a source. */
    static List<String> kernels(Path source) {
        List<String> names = new ArrayList<>();
        String text = text(source);
        Matcher m = KERNEL.matcher(text);
        while (m.find()) {
            if (m.group().endsWith("##t(")) {
                for (ElementType t : ElementType.values()) {
                    if (text.contains("OF_TYPE(" + t.suffix())) {
                        names.add(m.group(1) + t.suffix());
                    }
                }
            } else {
                names.add(m.group(1));
            }
        }
        return names;
    }

    /** Writes the entries of a source's kernels for the C++ that includes them. */
    static Path writeTable(Path source, Path file) throws IOException {
        return Files.writeString(
                file, kernels(source).stream().map(k -> "ENTRY(" + k + "),\n").collect(Collectors.joining()));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path build(Path source) {
        try {
            Path folder = Files.createDirectories(
                    Path.of("target/emulated").resolve(source.getFileName().toString()));
            Path table = writeTable(source, folder.resolve("table.inc"));
            Path out = folder.resolve("harness");
            List<String> command = List.of(
                    "g++",
                    "-std=c++17",
                    "-O1",
                    "-g",
                    "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all",
                    "-Wall",
                    "-Wno-unknown-pragmas",
                    "-I" + SOURCES.toAbsolutePath(),
                    "-DKERNELS=\"" + source.toAbsolutePath() + "\"",
                    "-DTABLE=\"" + table.toAbsolutePath() + "\"",
                    NATIVE.resolve("harness.cpp").toString(),
                    "-o",
                    out.toString());
            Programs.run(command);
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Launches a kernel.
     *
     * @param grid blocks in each of three dimensions
     * @param threads threads of a block
     * @param buffers what buffers hold before, and after
     * @param arguments {@link Pointer}, ints, longs and floats, as the kernel takes them
     */
    void launch(String kernel, int[] grid, int threads, List<ByteBuffer> buffers, Object... arguments) {
        try {
            ProcessBuilder builder = new ProcessBuilder(program.toAbsolutePath().toString());
            // Kernels allocate nothing, and the search for leaks takes longer than most of them.
            builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
            Process process = builder.start();
            try (var input = process.getOutputStream()) {
                input.write(request(kernel, grid, threads, buffers, arguments));
            } catch (IOException e) {
                // It has ended before it read all, and says why on its standard error.
            }
            byte[] out = process.getInputStream().readAllBytes();
            String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new Fault(kernel + ": " + said);
            }
            ByteBuffer results = ByteBuffer.wrap(out);
            for (ByteBuffer buffer : buffers) {
                results.get(buffer.array());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static byte[] request(
            String kernel, int[] grid, int threads, List<ByteBuffer> buffers, Object[] arguments) {
        int size = buffers.stream().mapToInt(b -> b.capacity() + Long.BYTES).sum()
                + kernel.length()
                + 7 * Integer.BYTES
                + arguments.length * (2 * Long.BYTES + 1);
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(kernel.length()).put(kernel.getBytes(StandardCharsets.US_ASCII));
        out.putInt(grid[0]).putInt(grid[1]).putInt(grid[2]).putInt(threads);
        out.putInt(buffers.size());
        buffers.forEach(b -> out.putLong(b.capacity()).put(b.array()));
        out.putInt(arguments.length);
        for (Object argument : arguments) {
            switch (argument) {
                case Pointer p -> out.put((byte) 'b').putLong(p.buffer()).putLong(p.bytes());
                case Integer i -> out.put((byte) 'v').putLong(i & 0xffffffffL);
                case Long l -> out.put((byte) 'v').putLong(l);
                case Float f -> out.put((byte) 'v').putLong(Float.floatToRawIntBits(f) & 0xffffffffL);
                default -> throw new IllegalArgumentException("kernels take no " + argument.getClass());
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
