package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.nio.file.Path;

/** A small file system of its own for a test, which needs the rights of root. */
final class Mount implements AutoCloseable {
    private final Path folder;

    private Mount(Path folder) {
        this.folder = folder;
    }

    static Mount tmpfs(Path folder, String options) throws IOException, InterruptedException {
        Parts.need(
                Parts.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()),
                "the right to mount a tmpfs");
        return new Mount(folder);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (!Parts.run("umount", folder.toString())) {
            throw new AssertionError(folder + " could not be unmounted");
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
