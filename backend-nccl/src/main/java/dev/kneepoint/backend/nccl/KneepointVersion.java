package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** This build's version. */
final class KneepointVersion {
    private KneepointVersion() {}

    /** For example {@code 0.1.0}. */
    static String current() {
        try (InputStream in = KneepointVersion.class.getResourceAsStream("version.txt")) {
            if (in == null) {
                throw new IllegalStateException(
                        "version.txt is missing beside " + KneepointVersion.class.getName() + "; the jar is not whole");
            }
            return new String(in.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
