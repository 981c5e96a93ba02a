package dev.kneepoint.backend.nccl;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What the files of a run hold. A file that cannot be read is none. */
final class FileWorld {
    static final String WORLD = "world";
    static final String GO = "go";
    static final String FAILED = "failed";

    private static final int UUID_BYTES = 16;

    private FileWorld() {}

    static String hello(int rank) {
        return "hello-" + rank;
    }

    static String ack(int rank) {
        return "ack-" + rank;
    }

    /**
     * A world, and what tells it from any other.
     *
     * @param id of this world
     * @param world who all are, and the unique id
     */
    record Named(UUID id, World world) {}

    static byte[] bytes(Named named) {
        byte[] world = named.world().toBytes();
        return ByteBuffer.allocate(UUID_BYTES + world.length)
                .put(bytes(List.of(named.id())))
                .put(world)
                .array();
    }

    static Optional<Named> named(byte[] bytes) {
        return read(bytes, in -> new Named(uuid(in), World.of(in.readAllBytes())));
    }

    static Optional<Hello> hello(byte[] bytes) {
        return read(bytes, in -> Hello.of(in.readAllBytes()));
    }

    /** Names, one after the other. */
    static byte[] bytes(List<UUID> ids) {
        ByteBuffer buffer = ByteBuffer.allocate(UUID_BYTES * ids.size());
        ids.forEach(id -> buffer.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()));
        return buffer.array();
    }

    /**
     * A failure of the gathering.
     *
     * @param to whom it is told: starts of processes, so that an earlier run's is nobody's
     * @param text what failed
     */
    record Failed(List<UUID> to, String text) {
        Failed {
            to = List.copyOf(to);
            text = WireText.cut(text, PeerFailure.LONGEST);
        }
    }

    static byte[] bytes(Failed failed) {
        // The frame is only how the bytes are made.
        try (DataInputStream in = Frame.of(Frame.Type.WORLD, out -> {
                    out.writeInt(failed.to().size());
                    out.write(bytes(failed.to()));
                    WireText.write(out, failed.text());
                })
                .content()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Optional<Failed> failed(byte[] bytes) {
        return read(bytes, in -> {
            int count = in.readInt();
            if (count < 0 || count > LaunchEnvironment.MOST_PROCESSES) {
                throw new IOException(count + " processes");
            }
            List<UUID> to = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                to.add(uuid(in));
            }
            return new Failed(to, WireText.read(in, PeerFailure.LONGEST));
        });
    }

    private static UUID uuid(DataInputStream in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }

    private interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    private static <T> Optional<T> read(byte[] bytes, Reading<T> reading) {
        try {
            return Optional.of(reading.from(new DataInputStream(new ByteArrayInputStream(bytes))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
