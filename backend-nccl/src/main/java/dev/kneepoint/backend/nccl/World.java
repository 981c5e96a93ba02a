package dev.kneepoint.backend.nccl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** All that rank 0 tells the others when they have come. Immutable. */
final class World {
    /** The longest unique id. */
    static final int MOST_ID_BYTES = 256;

    private final byte[] uniqueId;
    private final List<Hello> members;

    /**
     * A world.
     *
     * @param uniqueId 1 to {@link #MOST_ID_BYTES} bytes
     * @param members all processes, by rank
     */
    World(byte[] uniqueId, List<Hello> members) {
        if (uniqueId.length < 1 || uniqueId.length > MOST_ID_BYTES) {
            throw new IllegalArgumentException(
                    "a unique id has 1 to " + MOST_ID_BYTES + " bytes, not " + uniqueId.length);
        }
        this.uniqueId = uniqueId.clone();
        this.members = List.copyOf(members);
    }

    byte[] uniqueId() {
        return uniqueId.clone();
    }

    List<Hello> members() {
        return members;
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeShort(uniqueId.length);
            out.write(uniqueId);
            out.writeInt(members.size());
            for (Hello member : members) {
                byte[] hello = member.toBytes();
                out.writeShort(hello.length);
                out.write(hello);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads it.
     *
     * @throws IOException if it is malformed
     */
    static World of(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        byte[] id = Handshake.exactly(in, in.readUnsignedShort());
        int size = in.readInt();
        if (size < 1 || size > LaunchEnvironment.MOST_PROCESSES || id.length < 1 || id.length > MOST_ID_BYTES) {
            throw new IOException("a world of " + size + " processes and a unique id of " + id.length + " bytes");
        }
        List<Hello> members = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            members.add(Hello.of(Handshake.exactly(in, in.readUnsignedShort())));
        }
        return new World(id, members);
    }
}
