package dev.kneepoint.backend.cuda;

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
import java.util.stream.Stream;

/** Libraries that are compiled once for each state of their sources, by whichever process comes first. */
public final class CompiledOnce {
    private CompiledOnce() {}

    /** Compiles. */
    public interface Build {
        /** Leaves the library in a folder. */
        void into(Path folder) throws IOException;
    }

    /**
     * The library's path.
     *
     * @param folder has a folder for each state
     * @param name the library's, in that
     * @param sources what it is made of
     * @param options what else decides how it comes out
     * @param build makes it
     */
    public static Path library(Path folder, String name, List<Path> sources, String options, Build build) {
        try {
            Path all = Files.createDirectories(folder.toAbsolutePath());
            Path done = all.resolve(state(sources, options));
            if (!Files.exists(done.resolve(name))) {
                Path work = Files.createTempDirectory(all, "work");
                build.into(work);
                publish(work, done, name);
            }
            return done.resolve(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files of folders. */
    public static List<Path> files(Path... folders) throws IOException {
        List<Path> out = new ArrayList<>();
        for (Path folder : folders) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(Files::isRegularFile).sorted().forEach(out::add);
            }
        }
        return out;
    }

    private static String state(List<Path> sources, String options) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path source : sources) {
                digest.update(source.getFileName().toString().getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(source));
            }
            digest.update(options.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another process may have been faster. */
    private static void publish(Path work, Path done, String name) throws IOException {
        try {
            Files.move(work, done, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.exists(done.resolve(name))) {
                throw e;
            }
        }
    }
}
