package dev.kneepoint.backend.opencl;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Built programs on disk. It only ever saves time: what cannot be read, or does not carry its own checksum, counts as
 * absent, and what cannot be written is forgotten. Files appear whole, by a rename, so that any number of processes may
 * share the folder. Thread-safe.
 */
final class ProgramCache {
    private static final byte[] MAGIC = "kneepoint-cl/1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGEST = 32;
    private static final long LARGEST = 64L << 20;

    private final Optional<Path> folder;

    /** A cache in a folder that need not exist; empty for none. */
    ProgramCache(Optional<Path> folder) {
        this.folder = folder;
    }

    /**
     * The user's cache folder by the XDG base directory specification, which ignores relative paths.
     *
     * @param xdgCacheHome the variable's value, null if unset
     * @param home the home folder, null if unknown
     * @return empty if there is neither
     */
    static Optional<Path> defaultFolder(@Nullable String xdgCacheHome, @Nullable String home) {
        if (xdgCacheHome != null && xdgCacheHome.startsWith("/")) {
            return Optional.of(Path.of(xdgCacheHome, "kneepoint", "opencl"));
        }
        return home == null || home.isBlank()
                ? Optional.empty()
                : Optional.of(Path.of(home, ".cache", "kneepoint", "opencl"));
    }

    /** The name of a program: another device, driver, source or option is another program. */
    static String key(ClDeviceInfo device, KernelSource source) {
        StringBuilder all = new StringBuilder();
        for (String part : new String[] {
            device.platform(), device.name(), device.driver(), device.version(), source.options(), source.text()
        }) {
            // With lengths, so that no two lists of parts read the same.
            all.append(part.length()).append(':').append(part);
        }
        return Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
    }

    /** Whether there is a folder at all. */
    boolean keeps() {
        return folder.isPresent();
    }

    private static HashCode digest(String key, byte[] program) {
        return Hashing.sha256()
                .newHasher()
                .putString(key, StandardCharsets.UTF_8)
                .putBytes(program)
                .hash();
    }

    private static Path file(Path folder, String key) {
        return folder.resolve(key + ".bin");
    }

    /** A program that was stored whole under this key. */
    Optional<byte[]> load(String key) {
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path file = file(folder.get(), key);
            if (!Files.isRegularFile(file) || Files.size(file) > LARGEST) {
                return Optional.empty();
            }
            return program(key, Files.readAllBytes(file));
        } catch (IOException | SecurityException e) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> program(String key, byte[] all) {
        int head = MAGIC.length + DIGEST;
        if (all.length <= head || !Arrays.equals(all, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return Optional.empty();
        }
        byte[] program = Arrays.copyOfRange(all, head, all.length);
        byte[] digest = Arrays.copyOfRange(all, MAGIC.length, head);
        return Arrays.equals(digest, digest(key, program).asBytes()) ? Optional.of(program) : Optional.empty();
    }

    /** Keeps a program if it can. */
    void store(String key, byte[] program) {
        if (folder.isEmpty() || program.length == 0 || program.length > LARGEST - MAGIC.length - DIGEST) {
            return;
        }
        byte[] all = ByteBuffer.allocate(MAGIC.length + DIGEST + program.length)
                .put(MAGIC)
                .put(digest(key, program).asBytes())
                .put(program)
                .array();
        try {
            Files.createDirectories(folder.get());
            Path written = Files.createTempFile(folder.get(), key, ".new");
            try {
                Files.write(written, all);
                Files.move(
                        written,
                        file(folder.get(), key),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException | SecurityException | UnsupportedOperationException e) {
            // The next process builds it again.
            return;
        }
    }
}
