package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection at rank 0: at first anybody's, later that of a member of the run. Confined to the hub's thread. */
final class HubPeer {
    /** More waiting messages than these, and the other side does not read. */
    private static final int MOST_WAITING = 1024;

    private static final int DRAIN = 4096;
    private static final Set<Frame.Type> FROM_MEMBERS =
            EnumSet.of(Frame.Type.HEARTBEAT, Frame.Type.FAILED, Frame.Type.GOODBYE);

    private final SocketChannel channel;
    private final SelectionKey key;
    private final SocketAddress address;
    private final byte[] nonce = SharedToken.nonce();
    private final FrameBuffer in = new FrameBuffer(Handshake.magic());
    private final Deque<ByteBuffer> out = new ArrayDeque<>();
    private long heard;
    private boolean closing;
    private boolean closed;
    private byte[] clientNonce = new byte[0];
    private @Nullable Hello hello;

    HubPeer(SocketChannel channel, SelectionKey key, SocketAddress address, long now) {
        this.channel = channel;
        this.key = key;
        this.address = address;
        this.heard = now;
        in.expect(EnumSet.of(Frame.Type.HELLO));
    }

    /** Where it comes from. */
    SocketAddress address() {
        return address;
    }

    /** The number that it has to sign. */
    byte[] nonce() {
        return nonce;
    }

    /** Its own number; empty before its answer. */
    byte[] clientNonce() {
        return clientNonce;
    }

    /** Who it is, once it is a member. */
    Optional<Hello> hello() {
        return Optional.ofNullable(hello);
    }

    void becomes(Hello member, byte[] itsNonce) {
        hello = member;
        clientNonce = itsNonce;
        in.expect(FROM_MEMBERS);
    }

    /** When it came, or was last heard of, on the clock of {@link System#nanoTime}. */
    long heard() {
        return heard;
    }

    /** Reads what is there; false if the other side has closed. */
    boolean fill(long now) throws IOException {
        if (closing) {
            return channel.read(ByteBuffer.allocate(DRAIN)) >= 0;
        }
        if (hello != null) {
            heard = now;
        }
        return in.fill(channel);
    }

    Optional<Frame> next() throws IOException {
        return closing || closed ? Optional.empty() : in.next();
    }

    /** Sends as much as goes now, and the rest when it goes. */
    void send(byte[] bytes) throws IOException {
        if (out.size() > MOST_WAITING) {
            throw new IOException("it does not read what it is sent");
        }
        out.add(ByteBuffer.wrap(bytes));
        flush();
    }

    /**
     * Ends what is sent as soon as it is sent, and drops what still comes, so that the other side reads all of it: to close
     * with something unread would take it back.
     */
    void closeWhenSent(long now) throws IOException {
        closing = true;
        heard = now;
        flush();
    }

    void flush() throws IOException {
        while (!out.isEmpty()) {
            channel.write(out.element());
            if (out.element().hasRemaining()) {
                break;
            }
            out.remove();
        }
        if (closing && out.isEmpty()) {
            channel.shutdownOutput();
        }
        if (!key.isValid()) {
            return;
        }
        key.interestOps(SelectionKey.OP_READ | (out.isEmpty() ? 0 : SelectionKey.OP_WRITE));
    }

    /** Whether nothing waits to be sent. */
    boolean isFlushed() {
        return out.isEmpty();
    }

    /** Whether it has ended. */
    boolean isClosed() {
        return closed;
    }

    /** Whether it only waits for its end. */
    boolean isClosing() {
        return closing;
    }

    void close() {
        closed = true;
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }
}
