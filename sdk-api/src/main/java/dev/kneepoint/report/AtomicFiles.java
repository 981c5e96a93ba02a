package dev.kneepoint.report;

import dev.kneepoint.annotation.Incubating;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes files beside their place and moves them there, so that nobody ever sees half a file. */
public final class AtomicFiles {
    private AtomicFiles() {}

    /** What is written. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the whole content.
         *
         * @param out where to
         * @throws IOException if it cannot be written
         */
        void writeTo(Writer out) throws IOException;
    }

    /**
     * Writes a UTF-8 file; on failure or interruption the old file stays and nothing half-written is left.
     *
     * @param file the file; missing folders are made
     * @param content what to write
     * @throws IOException if the folder cannot be made or written to, or is full; the message names the file
     */
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new IOException(file + " is a folder; a file name is needed");
        }
        Path beside = null;
        try {
            Files.createDirectories(folder);
            beside = folder.resolve(".kneepoint-" + UUID.randomUUID() + ".tmp");
            try (BufferedWriter out = Files.newBufferedWriter(
                    beside, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(out);
            }
            move(beside, target);
            beside = null;
        } catch (IOException | UncheckedIOException e) {
            throw new IOException("cannot write " + file + ": " + reason(e), e);
        } finally {
            if (beside != null) {
                Files.deleteIfExists(beside);
            }
        }
    }

    /**
     * Looks whether a file could be written, before long work whose result it takes; makes missing folders.
     *
     * @param file the file
     * @throws IOException if it could not; the message names the file
     * @since 0.2
     */
    @Incubating
    public static void prepare(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new IOException(file + " is a folder; a file name is needed");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + reason(e), e);
        }
        if (!Files.isWritable(folder)) {
            throw new IOException("cannot write " + file + ": no permission for " + folder);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String reason(Exception e) {
        Throwable cause = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
        String text = String.valueOf(cause.getMessage());
        return switch (cause) {
            case java.nio.file.FileAlreadyExistsException x -> text + " exists and is not a folder";
            case java.nio.file.AccessDeniedException x -> "no permission for " + text;
            case java.nio.file.NoSuchFileException x -> "there is no " + text;
            default -> text;
        };
    }
}
