package dev.kneepoint.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Kernels that are compiled together: {@code src/main/cuda/NAME.cu}, shipped as PTX that the driver compiles further. */
enum PtxModule {
    /** Ops on elements that do not depend on each other. */
    ELEMENTS,
    /** Ops on rows. */
    ROWS,
    /** Products of matrices without tensor cores. */
    MATMUL;

    /** What file names begin with. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The module for compute capability 7.5 and newer, in the oldest version of PTX that says all of it. */
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
