package dev.kneepoint.backend.nccl;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** The side of every process but rank 0, once all have come: what goes to rank 0 and what comes from it. */
final class Spoke implements ControlChannel {
    private static final Set<Frame.Type> EXPECTED =
            EnumSet.of(Frame.Type.HEARTBEAT, Frame.Type.ROSTER, Frame.Type.FAILED, Frame.Type.GOODBYE);
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final Hello first;
    private final RendezvousSettings settings;
    private final Thread reader;
    private final Object sending = new Object();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Optional<PeerFailure> failure = Optional.empty();

    /**
     * Takes over a connection on which all have come.
     *
     * @param socket the connection
     * @param in what comes over it
     * @param first rank 0
     * @throws IOException if it has broken
     */
    Spoke(Socket socket, DataInputStream in, Hello first, RendezvousSettings settings) throws IOException {
        this.socket = socket;
        this.in = in;
        this.out = socket.getOutputStream();
        this.first = first;
        this.settings = settings;
        socket.setSoTimeout(Math.toIntExact(settings.silence().toMillis()));
        reader = Thread.ofPlatform().daemon().name("kneepoint-control").start(this::read);
    }

    @Override
    public Optional<PeerFailure> failure() {
        return failure;
    }

    @Override
    public void failed(PeerFailure mine) {
        send(Frame.of(Frame.Type.FAILED, mine::write));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            send(Frame.of(Frame.Type.GOODBYE));
            // Rank 0 answers by its own goodbye, after which nothing is on its way that closing would lose.
            join(FAREWELL);
            closeSocket();
            join(FAREWELL);
        }
    }

    private void join(Duration patience) {
        try {
            reader.join(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    /** A broken connection is the reader's to report. */
    private void send(Frame frame) {
        synchronized (sending) {
            try {
                out.write(frame.toBytes());
            } catch (IOException e) {
                closeSocket();
            }
        }
    }

    private void read() {
        try {
            while (true) {
                Frame frame = Frame.read(in, EXPECTED);
                switch (frame.type()) {
                    case FAILED -> fails(PeerFailure.read(frame.content()));
                    case GOODBYE -> {
                        return;
                    }
                    case HEARTBEAT, ROSTER -> send(Frame.of(Frame.Type.HEARTBEAT));
                    case HELLO, ACCEPTED, REFUSED, WORLD -> {}
                }
            }
        } catch (EOFException e) {
            lost("ended without a word");
        } catch (SocketTimeoutException e) {
            lost("was silent for " + settings.silence() + ", as if its host were gone");
        } catch (IOException e) {
            lost("ended without a word (" + e.getMessage() + ")");
        } finally {
            closeSocket();
        }
    }

    private void lost(String how) {
        if (!closed.get()) {
            fails(new PeerFailure(0, "", "", first.where() + " " + how));
        }
    }

    private void fails(PeerFailure what) {
        if (failure.isEmpty()) {
            failure = Optional.of(what);
        }
    }
}
