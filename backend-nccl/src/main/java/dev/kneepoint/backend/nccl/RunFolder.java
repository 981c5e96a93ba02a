package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A run's files in a folder that all hosts see. Each appears whole or not at all, and is signed together with its name.
 * Confined to one thread.
 */
final class RunFolder {
    private static final System.Logger LOGGER = System.getLogger(RunFolder.class.getName());
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int ATTEMPTS = 5;
    private static final int LONGEST_FILE = 64 << 20;

    private final Path folder;
    private final String prefix;
    private final SharedToken token;
    private final String suffix = "." + UUID.randomUUID() + ".tmp";
    private final Set<String> warned = new HashSet<>();

    /**
     * The files of a run.
     *
     * @param folder made if it is not there
     * @param runId what the run has in common that others have not; may be empty
     * @throws RendezvousException if the folder cannot be made
     */
    RunFolder(Path folder, String runId, SharedToken token) {
        this.folder = folder;
        this.token = token;
        this.prefix = "kneepoint-" + plain(runId) + ".";
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw unusable("cannot be made", e);
        }
    }

    private static String plain(String runId) {
        if (runId.isEmpty()) {
            return "run";
        }
        return PLAIN.matcher(runId).matches()
                ? runId
                : Hashing.sha256().hashString(runId, UTF_8).toString();
    }

    /** Where it is, for messages. */
    String where() {
        return folder.resolve(prefix + "*").toString();
    }

    /**
     * Writes a file, in place of one that is there.
     *
     * @throws RendezvousException if that is not possible
     */
    void write(String name, byte[] content) {
        byte[] signature = token.sign(name.getBytes(UTF_8), content);
        byte[] all = Arrays.copyOf(signature, signature.length + content.length);
        System.arraycopy(content, 0, all, signature.length, content.length);
        try {
            for (int attempt = 1; !put(name, all); attempt++) {
                if (attempt == ATTEMPTS) {
                    throw new IOException("files vanish as soon as they are written");
                }
            }
        } catch (IOException e) {
            delete(folder.resolve(prefix + name + suffix));
            throw unusable("cannot be written to", e);
        }
    }

    /** False if rank 0 swept the folder between the two steps. */
    private boolean put(String name, byte[] all) throws IOException {
        Path part = folder.resolve(prefix + name + suffix);
        Files.write(part, all);
        try {
            Files.move(part, folder.resolve(prefix + name), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** What a file holds; empty if it is not there, or if somebody wrote it who does not know the token. */
    Optional<byte[]> read(String name) {
        byte[] all;
        try (InputStream in = Files.newInputStream(folder.resolve(prefix + name))) {
            all = in.readNBytes(LONGEST_FILE);
        } catch (IOException e) {
            if (!(e instanceof NoSuchFileException)) {
                warn(name, "cannot be read: " + e);
            }
            return Optional.empty();
        }
        if (all.length >= SharedToken.BYTES) {
            byte[] signature = Arrays.copyOf(all, SharedToken.BYTES);
            byte[] content = Arrays.copyOfRange(all, SharedToken.BYTES, all.length);
            if (token.verifies(signature, name.getBytes(UTF_8), content)) {
                return Optional.of(content);
            }
        }
        warn(name, "is not signed with this run's " + SharedToken.VARIABLE);
        return Optional.empty();
    }

    /** Files that were there and could not be taken, for messages; empty if there were none. */
    String oddities() {
        return warned.isEmpty() ? "" : "; not taken: " + String.join(", ", warned);
    }

    void delete(String name) {
        delete(folder.resolve(prefix + name));
    }

    /** Deletes all files of the run; what cannot be deleted stays. */
    void deleteAll() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                folder, file -> file.getFileName().toString().startsWith(prefix))) {
            files.forEach(RunFolder::delete);
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.WARNING, "files of the run stay behind at " + where(), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "stays behind: " + file, e);
        }
    }

    private void warn(String name, String what) {
        if (warned.add(prefix + name)) {
            LOGGER.log(System.Logger.Level.WARNING, "{0} {1}", folder.resolve(prefix + name), what);
        }
    }

    private RendezvousException unusable(String what, IOException e) {
        return new RendezvousException(
                "folder " + folder + " " + what + ": " + reason(e)
                        + "; nccl.rendezvous=file:FOLDER needs a folder that all"
                        + " hosts see, that this user may write to, and with space left",
                e);
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
