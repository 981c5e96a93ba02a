package dev.kneepoint.backend.nccl;

import com.google.common.net.HostAndPort;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** How a process that is not rank 0 comes to it. Confined to one thread. */
final class SpokeEntry {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Set<Frame.Type> FIRST = EnumSet.of(Frame.Type.ACCEPTED, Frame.Type.REFUSED);
    private static final Set<Frame.Type> NEXT = EnumSet.of(Frame.Type.ROSTER, Frame.Type.REFUSED, Frame.Type.WORLD);

    private final HostAndPort master;
    private final Hello hello;
    private final RendezvousSettings settings;
    private final long end;
    private String lastReason = "nothing was tried";

    SpokeEntry(HostAndPort master, Hello hello, RendezvousSettings settings) {
        this.master = master;
        this.hello = hello;
        this.settings = settings;
        this.end = System.nanoTime() + settings.deadline().toNanos();
    }

    /**
     * Comes, and waits for all others.
     *
     * @throws RendezvousException if that does not succeed in time, or if rank 0 says that it never will
     */
    Membership enter() {
        Duration pause = SHORTEST_PAUSE;
        while (left().isPositive()) {
            try {
                for (InetAddress address : InetAddress.getAllByName(master.getHost())) {
                    try {
                        return attempt(address);
                    } catch (IOException e) {
                        lastReason = reason(e);
                    }
                }
            } catch (IOException e) {
                lastReason = "no address is known for " + master.getHost();
            }
            pause(pause);
            pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
        }
        throw new RendezvousException("rank " + hello.rank() + " did not reach rank 0 at " + master + " within "
                + settings.deadline() + "; last: " + lastReason
                + "; rank 0 has to run, and its port has to be open to this host");
    }

    private Membership attempt(InetAddress address) throws IOException {
        Socket socket = new Socket();
        boolean taken = false;
        try {
            socket.setTcpNoDelay(true);
            limit(socket, PATIENCE);
            socket.connect(new InetSocketAddress(address, master.getPort()), millis(PATIENCE));
            Membership membership = converse(socket);
            taken = true;
            return membership;
        } finally {
            if (!taken) {
                socket.close();
            }
        }
    }

    private Membership converse(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        if (!Arrays.equals(Handshake.exactly(in, Handshake.magic().length), Handshake.magic())) {
            throw new IOException("what listens there is no Kneepoint of this kind");
        }
        byte[] serverNonce = Handshake.exactly(in, SharedToken.BYTES);
        byte[] clientNonce = SharedToken.nonce();
        socket.getOutputStream().write(Handshake.magic());
        socket.getOutputStream()
                .write(Handshake.hello(settings.token(), serverNonce, clientNonce, hello)
                        .toBytes());
        Frame frame = Frame.read(in, FIRST);
        if (frame.type() == Frame.Type.REFUSED) {
            refused(frame);
        }
        String roster = WireText.read(frame.content(), PeerFailure.LONGEST);
        Frame world = accepted(socket, in, roster);
        World all = Handshake.world(settings.token(), serverNonce, clientNonce, world);
        return new Membership(
                hello.rank(),
                all.uniqueId(),
                all.members(),
                new Spoke(socket, in, all.members().getFirst(), settings));
    }

    /**
     * From here on there is no second attempt: rank 0 counts on this process. {@code RankMain} of the tests knows this
     * method by its name.
     */
    private Frame accepted(Socket socket, DataInputStream in, String firstRoster) {
        String roster = firstRoster;
        try {
            while (left().isPositive()) {
                limit(socket, settings.silence());
                Frame frame = Frame.read(in, NEXT);
                switch (frame.type()) {
                    case WORLD -> {
                        return frame;
                    }
                    case REFUSED -> refused(frame);
                    default -> {
                        roster = WireText.read(frame.content(), PeerFailure.LONGEST);
                        socket.getOutputStream()
                                .write(Frame.of(Frame.Type.HEARTBEAT).toBytes());
                    }
                }
            }
        } catch (IOException e) {
            if (left().isPositive()) {
                throw new RendezvousException(
                        "rank 0 at " + master + " ended before all had come (" + reason(e) + "); " + roster, e);
            }
        }
        sayGoodbye(socket);
        throw new RendezvousException("not all processes came within " + settings.deadline() + "; " + roster);
    }

    private static void sayGoodbye(Socket socket) {
        try {
            socket.getOutputStream().write(Frame.of(Frame.Type.GOODBYE).toBytes());
        } catch (IOException e) {
            // Rank 0 sees the end of the connection instead.
        }
    }

    private void refused(Frame frame) throws IOException {
        DataInputStream content = frame.content();
        boolean again = content.readBoolean();
        String why = WireText.read(content, PeerFailure.LONGEST);
        if (again) {
            throw new IOException(why);
        }
        throw new RendezvousException("rank 0 at " + master + " says: " + why);
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private void limit(Socket socket, Duration most) throws IOException {
        socket.setSoTimeout(millis(most));
    }

    /** No longer than what is left, rounded up: so that whoever waited for it has nothing left. */
    private int millis(Duration most) {
        return Math.toIntExact(Math.max(0, shorter(most, left()).toMillis()) + 1);
    }

    private Duration left() {
        return Duration.ofNanos(end - System.nanoTime());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Waits a while, never as long as another process that began to wait at the same time. */
    private void pause(Duration about) {
        long nanos = ThreadLocalRandom.current().nextLong(about.toNanos() / 2, about.toNanos());
        try {
            Thread.sleep(shorter(Duration.ofNanos(nanos), left().isPositive() ? left() : Duration.ZERO));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RendezvousException("interrupted while rank " + hello.rank() + " waited for rank 0", e);
        }
    }
}
