package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What anybody may do to rank 0's port. Each time the run has to begin all the same. */
@ExtendWith(OwnThreads.class)
class HostileTest {
    private static final RendezvousSettings SETTINGS =
            Ranks.settings(Duration.ofSeconds(60), Map.of(SharedToken.VARIABLE, "hush"));
    private static final int MOST_OPEN = 2000;

    private final int port = LocalPort.free();

    @Test
    void garbage_isSentAway() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        Random random = new Random(7);
        byte[][] openings = {
            new byte[1 << 20],
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII),
            Handshake.magic(),
            header(Frame.Type.HELLO, Integer.MAX_VALUE),
            header(Frame.Type.HELLO, -1),
            header(Frame.Type.WORLD, 64 << 20),
            header(Frame.Type.GOODBYE, 0),
        };
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(600)];
            random.nextBytes(bytes);
            open.add(send(i < openings.length ? openings[i] : bytes));
        }
        assertBegins(zero);
        closeAll(open);
    }

    @Test
    void forgedHello_isSentAway() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        List<Socket> open = new ArrayList<>();
        for (int length : new int[] {0, 31, 63, 64, 16_384}) {
            byte[] content = new byte[length];
            new Random(length).nextBytes(content);
            ByteBuffer frame = ByteBuffer.allocate(8 + 5 + length);
            frame.put(header(Frame.Type.HELLO, length)).put(content);
            open.add(send(frame.array()));
        }
        assertBegins(zero);
        closeAll(open);
    }

    @Test
    @Tag("long")
    void tenThousandConnections_doNotStopTheRun() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        Deque<Socket> open = new ArrayDeque<>();
        int threads = Thread.activeCount();
        for (int i = 0; i < 10_000; i++) {
            open.add(connect(port));
            if (open.size() > MOST_OPEN) {
                open.remove().close();
            }
        }
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 1);
        // Those that are still open stay so while the run begins.
        assertBegins(zero);
        closeAll(open);
    }

    @Test
    void moreStrangersThanThereMayBe_makeTheFirstGiveWay() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < HubLoop.MOST_STRANGERS; i++) {
            open.add(connect(port));
        }
        assertThat(isOpen(open.getFirst())).isTrue();
        for (int i = 0; i < 20; i++) {
            open.add(connect(port));
        }
        open.getFirst().setSoTimeout(3000);
        readToTheEnd(open.getFirst());
        assertThat(isOpen(open.getLast())).isTrue();
        assertBegins(zero);
        closeAll(open);
    }

    @Test
    void floodThatGoesOn_doesNotStopTheRun() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        connect(port).close();
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        Thread flood = Thread.ofPlatform().name("flood").start(() -> {
            Deque<Socket> open = new ArrayDeque<>();
            while (!end.isDone()) {
                try {
                    open.add(new Socket(InetAddress.getLoopbackAddress(), port));
                    if (open.size() > MOST_OPEN) {
                        open.remove().close();
                    }
                } catch (IOException e) {
                    // Its own affair.
                }
            }
            closeAll(open);
        });
        Thread.sleep(300);
        assertBegins(zero);
        end.complete(true);
        flood.join();
    }

    @Test
    @Tag("long")
    void slowTalkers_loseTheirConnections() throws Exception {
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), SETTINGS);
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            open.add(connect(port));
        }
        byte[] magic = Handshake.magic();
        for (int i = 0; i < 7; i++) {
            for (Socket socket : open) {
                try {
                    socket.getOutputStream().write(magic[i]);
                } catch (IOException e) {
                    // Lost, as it has to be.
                }
            }
            Thread.sleep(1000);
        }
        for (Socket socket : open) {
            socket.setSoTimeout(10_000);
            readToTheEnd(socket);
        }
        assertBegins(zero);
        closeAll(open);
    }

    private void assertBegins(CompletableFuture<Membership> zero) {
        Membership one = Ranks.join(Ranks.launch(1, 2, port), SETTINGS);
        assertThat(one.uniqueId()).isEqualTo(Ranks.ID);
        assertThat(Ranks.get(zero).channel().failure()).isEmpty();
        one.channel().failed(new PeerFailure(1, "", "", "told in spite of all"));
        try {
            assertThat(RendezvousTest.failure(Ranks.get(zero)).message()).isEqualTo("told in spite of all");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        one.close();
        Ranks.get(zero).close();
    }

    private Socket send(byte[] bytes) throws IOException, InterruptedException {
        Socket socket = connect(port);
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            // It may be sent away before it has said all.
        }
        return socket;
    }

    /** Connects as soon as somebody listens. */
    static Socket connect(int port) throws IOException, InterruptedException {
        for (int i = 0; i < 500; i++) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (ConnectException e) {
                Thread.sleep(10);
            }
        }
        throw new ConnectException("nobody listens");
    }

    private static byte[] header(Frame.Type type, int length) {
        return ByteBuffer.allocate(13)
                .put(Handshake.magic())
                .put((byte) type.ordinal())
                .putInt(length)
                .array();
    }

    private static boolean isOpen(Socket socket) throws IOException {
        socket.setSoTimeout(100);
        try {
            return socket.getInputStream().readNBytes(1 << 10).length == 1 << 10;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (SocketException e) {
            return false;
        }
    }

    /** Fails by the socket's timeout if the other side does not end the connection. */
    private static void readToTheEnd(Socket socket) throws IOException {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // Cut off is an end too.
        }
    }

    private static void closeAll(Iterable<Socket> sockets) {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // Closed is closed.
            }
        }
    }
}
