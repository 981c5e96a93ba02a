package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Rank 0's side: gathers the processes, gives them the unique id, and hands on what they tell each other. */
final class Hub implements ControlChannel {
    private static final Duration TELLING = Duration.ofSeconds(1);

    private final Hello first;
    private final RendezvousSettings settings;
    private final HubLoop loop;
    private final HubRun run;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Listens.
     *
     * @throws IOException if it cannot
     */
    Hub(InetSocketAddress address, Hello first, RendezvousSettings settings) throws IOException {
        this.first = first;
        this.settings = settings;
        loop = new HubLoop(address);
        run = new HubRun(first, settings, loop);
        loop.start(run);
    }

    /**
     * Waits for all others.
     *
     * @return all, by rank
     * @throws RendezvousException if they do not come or do not fit
     */
    List<Hello> gather() {
        Optional<List<Hello>> all = Waiting.get(run.gathered(), settings.deadline());
        if (all.isEmpty()) {
            loop.execute(run::late);
            all = Waiting.get(run.gathered(), settings.deadline());
        }
        return all.orElseThrow(() -> new RendezvousException("rank 0 cannot tell who has come"));
    }

    /**
     * Gives all the unique id. From then on it is a control channel.
     *
     * @throws RendezvousException if one of them has ended meanwhile
     */
    void open(World world) {
        CompletableFuture<String> opened = new CompletableFuture<>();
        loop.execute(() -> opened.complete(run.open(world)));
        String problem = Waiting.get(opened, settings.deadline()).orElse("rank 0 cannot reach its connections");
        if (!problem.isEmpty()) {
            throw new RendezvousException(problem);
        }
    }

    /** Ends the gathering: all who are there know why, and who comes within a second. */
    void giveUp(String why) {
        loop.execute(() -> run.fail(why));
        Waiting.forEnd(run.allTold(), TELLING);
        close();
    }

    @Override
    public Optional<PeerFailure> failure() {
        return run.failure();
    }

    @Override
    public void failed(PeerFailure mine) {
        CompletableFuture<Boolean> sent = new CompletableFuture<>();
        loop.execute(() -> {
            run.spread(mine, first.rank());
            sent.complete(true);
        });
        if (!closed.get()) {
            Waiting.forEnd(sent, TELLING);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            loop.execute(run::leave);
            loop.stop();
        }
    }
}
