package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rank 0's connections, all on one thread. Anybody may connect; who has not proven to be a member has a few seconds, and at
 * most {@link #MOST_STRANGERS} of them are there at a time: the one that came first makes way for the next, since a member
 * needs an instant where others dawdle. Thread-safe where it says so.
 */
final class HubLoop {
    /** How many connections of others than members there may be. */
    static final int MOST_STRANGERS = 256;

    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long FAREWELL_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();
    private static final int TICK_MILLIS = 50;
    private static final int BACKLOG = 1024;
    private static final int ACCEPTS_PER_TURN = 64;

    /** What happens on the connections; all on the loop's thread. */
    interface Events {
        /** Somebody has connected. */
        void connected(HubPeer peer) throws IOException;

        /** A message has come. */
        void came(HubPeer peer, Frame frame) throws IOException;

        /** A member's connection has ended, and why if it was not closed in order. */
        void ended(HubPeer peer, Optional<String> why);

        /** Somebody has been sent away. */
        void refused(HubPeer peer, String why);

        /** Time has passed. */
        void tick(long now);

        /** The loop itself cannot go on. */
        void broken(Throwable why);
    }

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Set<HubPeer> strangers = new LinkedHashSet<>();
    private @Nullable Events handler;
    private volatile boolean stopping;

    /**
     * Listens, and nothing else until it is started.
     *
     * @throws IOException if it cannot
     */
    HubLoop(InetSocketAddress address) throws IOException {
        selector = Selector.open();
        listener = ServerSocketChannel.open();
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(address, BACKLOG);
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            listener.close();
            selector.close();
            throw e;
        }
        thread = Thread.ofPlatform().daemon().name("kneepoint-hub").unstarted(this::run);
    }

    /** Begins to serve. */
    void start(Events events) {
        handler = events;
        thread.start();
    }

    private Events events() {
        return Objects.requireNonNull(handler);
    }

    /** Has something done on the loop's thread. Thread-safe. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Ends the loop when what waits to be sent is sent, or a second has passed. Thread-safe; waits for the end. */
    void stop() {
        stopping = true;
        selector.wakeup();
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (selector;
                listener) {
            while (!stopping) {
                turn();
            }
            listener.close();
            long end = System.nanoTime() + FAREWELL_NANOS;
            while (System.nanoTime() < end && peers().stream().anyMatch(p -> !p.isFlushed() || p.isClosing())) {
                turn();
            }
        } catch (IOException | RuntimeException | Error e) {
            events().broken(e);
        } finally {
            peers().forEach(HubPeer::close);
        }
    }

    private List<HubPeer> peers() {
        if (!selector.isOpen()) {
            return List.of();
        }
        List<HubPeer> peers = new ArrayList<>();
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof HubPeer peer) {
                peers.add(peer);
            }
        }
        return peers;
    }

    private void turn() throws IOException {
        selector.select(TICK_MILLIS);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            SelectionKey key = keys.next();
            keys.remove();
            if (key.attachment() instanceof HubPeer peer) {
                serve(peer, key);
            } else {
                accept();
            }
        }
        long now = System.nanoTime();
        dismissSlow(now);
        events().tick(now);
    }

    private void accept() {
        try {
            for (int i = 0; i < ACCEPTS_PER_TURN && listener.isOpen(); i++) {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                welcome(channel);
            }
        } catch (IOException e) {
            // Out of descriptors, or the other side has gone already. Those that wait are served at the next turn.
            dismissFirst("there are too many connections");
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void welcome(SocketChannel channel) throws IOException {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            HubPeer peer = new HubPeer(channel, key, channel.getRemoteAddress(), System.nanoTime());
            key.attach(peer);
            if (strangers.size() >= MOST_STRANGERS) {
                dismissFirst("more than " + MOST_STRANGERS + " came after it");
            }
            strangers.add(peer);
            guarded(peer, () -> events().connected(peer));
        } catch (IOException | RuntimeException e) {
            channel.close();
        }
    }

    private void serve(HubPeer peer, SelectionKey key) {
        guarded(peer, () -> {
            if (key.isValid() && key.isWritable()) {
                peer.flush();
            }
            if (key.isValid() && key.isReadable()) {
                boolean open = peer.fill(System.nanoTime());
                for (Optional<Frame> frame = peer.next(); frame.isPresent(); frame = peer.next()) {
                    events().came(peer, frame.get());
                }
                if (!open) {
                    end(peer, Optional.empty());
                }
            }
        });
    }

    /** What one connection does wrong ends that connection and nothing else. */
    private void guarded(HubPeer peer, Step step) {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            end(peer, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** A stranger has proven to be a member. */
    void admitted(HubPeer peer) {
        strangers.remove(peer);
    }

    /** Sends a last message and closes when it is sent. On the loop's thread. */
    void dismiss(HubPeer peer, Frame last) {
        guarded(peer, () -> {
            peer.send(last.toBytes());
            strangers.add(peer);
            peer.closeWhenSent(System.nanoTime());
        });
    }

    /** Sends a member something, and ends its connection if that is not possible. On the loop's thread. */
    void send(HubPeer peer, Frame frame) {
        guarded(peer, () -> peer.send(frame.toBytes()));
    }

    /** Ends a connection. On the loop's thread. */
    void end(HubPeer peer, Optional<String> why) {
        boolean stranger = strangers.remove(peer);
        if (peer.isClosed()) {
            return;
        }
        peer.close();
        if (peer.isClosing()) {
            return;
        }
        if (stranger) {
            events().refused(peer, why.orElse("it closed the connection without having said who it is"));
        } else {
            events().ended(peer, why);
        }
    }

    private void dismissFirst(String why) {
        Iterator<HubPeer> first = strangers.iterator();
        if (first.hasNext()) {
            end(first.next(), Optional.of(why));
        }
    }

    private void dismissSlow(long now) {
        for (HubPeer peer : List.copyOf(strangers)) {
            if (now - peer.heard() > (peer.isClosing() ? FAREWELL_NANOS : PATIENCE_NANOS)) {
                end(peer, Optional.of("it did not say in time who it is"));
            }
        }
    }
}
