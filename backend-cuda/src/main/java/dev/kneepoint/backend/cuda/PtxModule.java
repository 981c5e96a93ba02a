package dev.kneepoint.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kernels that are compiled together: {@code src/main/cuda/NAME.cu}, shipped as PTX that the driver compiles further. */
enum PtxModule {
    /** Ops on elements that do not depend on each other. */
    ELEMENTS(75, "6.3"),
    /** Changes of format. */
    CASTS(75, "6.3"),
    /** Ops on rows. */
    ROWS(75, "6.3"),
    /** Products of matrices without tensor cores. */
    MATMUL(75, "6.3"),
    /** Attention without tensor cores. */
    ATTENTION(75, "6.3"),
    /** Products of matrices on tensor cores. */
    TENSOR(80, "7.0"),
    /** Attention on tensor cores, for heads of 64 and 128 elements. */
    TENSOR_ATTENTION(80, "7.0"),
    /** Its gradients on tensor cores. */
    TENSOR_ATTENTION_GRADIENT(80, "7.0");

    private final int capability;
    private final String version;

    PtxModule(int capability, String version) {
        this.capability = capability;
        this.version = version;
    }

    /** Least compute capability, times ten. */
    int capability() {
        return capability;
    }

    /** The oldest version of PTX that says all of it: drivers since then take it. */
    String version() {
        return version;
    }

    /** What file names begin with. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Threads of a kernel's blocks.
     *
     * @throws IllegalArgumentException if it is not of this module
     */
    int threads(String kernel) {
        Matcher m = Pattern.compile("\\.entry " + kernel + "\\([^)]*\\)\\s+\\.maxntid (\\d+),")
                .matcher(ptx());
        if (!m.find()) {
            throw new IllegalArgumentException(label() + ".ptx has no kernel " + kernel);
        }
        return Integer.parseInt(m.group(1));
    }

    /** The text that the driver compiles. */
    String ptx() {
        try (InputStream in = PtxModule.class.getResourceAsStream(label() + ".ptx")) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + label() + ".ptx");
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
