package dev.kneepoint.backend.nccl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Set;

/** A message between rank 0 and another process: its type, its length in four bytes, and what it holds. Immutable. */
final class Frame {
    /** Bytes before what it holds. */
    static final int HEADER = 5;

    private static final int LONGEST_TEXT = 8192;

    /** What it says. */
    enum Type {
        /** Who a process is, with the proof that it knows the token. */
        HELLO(Hello.MOST_BYTES + 2 * SharedToken.BYTES),
        /** Rank 0 has it among those that have come; who is missing. */
        ACCEPTED(LONGEST_TEXT),
        /** Who is still missing. */
        ROSTER(LONGEST_TEXT),
        /** Rank 0 does not take it, for ever or for now, and why. */
        REFUSED(LONGEST_TEXT),
        /** All have come: who they are and the unique id, with the proof that rank 0 knows the token. */
        WORLD(64 << 20),
        /** Still there. */
        HEARTBEAT(0),
        /** A process failed. */
        FAILED(3 * LONGEST_TEXT),
        /** Leaves because it has finished. */
        GOODBYE(0);

        private final int most;

        Type(int most) {
            this.most = most;
        }
    }

    /** Writes what a frame holds. */
    @FunctionalInterface
    interface Content {
        void write(DataOutputStream out) throws IOException;
    }

    private final Type type;
    private final byte[] content;

    private Frame(Type type, byte[] content) {
        this.type = type;
        this.content = content;
    }

    static Frame of(Type type, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            content.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (bytes.size() > type.most) {
            throw new IllegalArgumentException(
                    type + " of " + bytes.size() + " bytes, where " + type.most + " are the most");
        }
        return new Frame(type, bytes.toByteArray());
    }

    static Frame of(Type type) {
        return new Frame(type, new byte[0]);
    }

    Type type() {
        return type;
    }

    /** Reads what it holds. */
    DataInputStream content() {
        return new DataInputStream(new ByteArrayInputStream(content));
    }

    /** As it travels. */
    byte[] toBytes() {
        return ByteBuffer.allocate(HEADER + content.length)
                .put((byte) type.ordinal())
                .putInt(content.length)
                .put(content)
                .array();
    }

    /**
     * How many bytes the frame that begins here holds.
     *
     * @throws IOException if it is none, none of those that are expected, or longer than its type may be
     */
    static int length(byte type, int length, Set<Type> expected) throws IOException {
        Type known = type(type);
        if (!expected.contains(known)) {
            throw new IOException(known + " was not to come now");
        }
        if (length < 0 || length > known.most) {
            throw new IOException(known + " of " + length + " bytes, where " + known.most + " are the most");
        }
        return length;
    }

    static Frame of(byte type, byte[] content) throws IOException {
        return new Frame(type(type), content);
    }

    /** Waits for the next one, which is one of those that are expected. */
    static Frame read(DataInputStream in, Set<Type> expected) throws IOException {
        byte type = in.readByte();
        int length = length(type, in.readInt(), expected);
        byte[] content = in.readNBytes(length);
        if (content.length < length) {
            throw new EOFException("the connection closed within " + type(type));
        }
        return of(type, content);
    }

    private static Type type(byte type) throws IOException {
        Type[] types = Type.values();
        if (type < 0 || type >= types.length) {
            throw new IOException("no message of Kneepoint (type " + type + ")");
        }
        return types[type];
    }
}
