package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Bytes that have come over a connection, until they make a frame. It holds no more than the longest frame that its owner
 * expects. Confined to one thread.
 */
final class FrameBuffer {
    private static final int AT_FIRST = 512;

    private final byte[] magic;
    private ByteBuffer bytes = ByteBuffer.allocate(AT_FIRST);
    private Set<Frame.Type> expected = Set.of();
    private boolean begun;

    /**
     * An empty one.
     *
     * @param magic the bytes that have to come before the first frame
     */
    FrameBuffer(byte[] magic) {
        this.magic = magic.clone();
    }

    /** From now on only these may come. */
    void expect(Set<Frame.Type> types) {
        expected = Set.copyOf(types);
    }

    /** Takes what is there; false when the other side has closed. */
    boolean fill(ReadableByteChannel channel) throws IOException {
        return channel.read(bytes) >= 0;
    }

    /**
     * The next frame.
     *
     * @return empty if not all of it is there
     * @throws IOException if what has come is none
     */
    Optional<Frame> next() throws IOException {
        bytes.flip();
        try {
            if (!begun && !begins()) {
                return Optional.empty();
            }
            if (bytes.remaining() < Frame.HEADER) {
                return Optional.empty();
            }
            int at = bytes.position();
            int length = Frame.length(bytes.get(at), bytes.getInt(at + 1), expected);
            if (bytes.remaining() < Frame.HEADER + length) {
                return Optional.empty();
            }
            byte type = bytes.get();
            bytes.getInt();
            byte[] content = new byte[length];
            bytes.get(content);
            return Optional.of(Frame.of(type, content));
        } finally {
            bytes.compact();
            makeRoom();
        }
    }

    private boolean begins() throws IOException {
        int there = Math.min(magic.length, bytes.remaining());
        byte[] start = new byte[there];
        bytes.get(bytes.position(), start);
        if (!Arrays.equals(start, 0, there, magic, 0, there)) {
            throw new IOException("it does not speak Kneepoint's protocol");
        }
        if (there < magic.length) {
            return false;
        }
        bytes.position(bytes.position() + there);
        begun = true;
        return true;
    }

    /** A frame that is longer than the buffer gets as much room as it needs; its length has been checked. */
    private void makeRoom() {
        if (bytes.position() == bytes.capacity()) {
            ByteBuffer larger = ByteBuffer.allocate(2 * bytes.capacity());
            bytes.flip();
            larger.put(bytes);
            bytes = larger;
        }
    }
}
