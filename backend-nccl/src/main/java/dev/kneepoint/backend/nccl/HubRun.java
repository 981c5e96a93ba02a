package dev.kneepoint.backend.nccl;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * What rank 0 knows of the run, and what it does with what comes over its connections. Confined to the thread of its
 * connections, except for the futures and {@link #failure()}.
 */
final class HubRun implements HubLoop.Events {
    private static final System.Logger LOGGER = System.getLogger(HubRun.class.getName());

    /** How far the run is. */
    private enum Phase {
        GATHERING,
        OPEN,
        FAILED
    }

    private final Hello first;
    private final RendezvousSettings settings;
    private final Gathering gathering;
    private final HubLoop loop;
    private final Refusals refusals = new Refusals(LOGGER);
    private final Map<Integer, HubPeer> members = new TreeMap<>();
    private final Set<Integer> told = new HashSet<>();
    private final CompletableFuture<List<Hello>> gathered = new CompletableFuture<>();
    private final CompletableFuture<Boolean> allTold = new CompletableFuture<>();
    private volatile Optional<PeerFailure> failure = Optional.empty();
    private Phase phase = Phase.GATHERING;
    private String end = "";
    private long beat = System.nanoTime();

    HubRun(Hello first, RendezvousSettings settings, HubLoop loop) {
        this.first = first;
        this.settings = settings;
        this.loop = loop;
        gathering = new Gathering(first);
    }

    /** All processes, once they have come; fails if they do not. */
    CompletableFuture<List<Hello>> gathered() {
        return gathered;
    }

    /** Done when the gathering has failed and all others know. */
    CompletableFuture<Boolean> allTold() {
        return allTold;
    }

    /** What another process failed with. */
    Optional<PeerFailure> failure() {
        return failure;
    }

    /** The time for the gathering is over. */
    void late() {
        if (!gathered.isDone()) {
            fail("not all processes came within " + settings.deadline() + "; " + gathering.roster());
        }
    }

    /** Gives all the unique id; the answer says why not, or is empty. */
    String open(World world) {
        if (phase == Phase.GATHERING) {
            phase = Phase.OPEN;
            byte[] bytes = world.toBytes();
            for (HubPeer peer : List.copyOf(members.values())) {
                loop.send(peer, Handshake.world(settings.token(), peer.nonce(), peer.clientNonce(), bytes));
            }
        }
        return end;
    }

    /** The run ends before it has begun. */
    void fail(String why) {
        if (phase == Phase.GATHERING) {
            phase = Phase.FAILED;
            end = why;
            List<HubPeer> all = List.copyOf(members.values());
            members.clear();
            all.forEach(this::tellEnd);
            gathered.completeExceptionally(new RendezvousException(why));
        }
    }

    private void tellEnd(HubPeer peer) {
        loop.dismiss(peer, HubFrames.refused(false, end));
        peer.hello().map(Hello::rank).ifPresent(told::add);
        if (told.size() >= first.size() - 1) {
            allTold.complete(true);
        }
    }

    /** The run fails after it has begun. */
    void spread(PeerFailure what, int origin) {
        if (phase == Phase.OPEN && end.isEmpty()) {
            end = what.text();
            if (origin != first.rank()) {
                failure = Optional.of(what);
            }
            Frame frame = Frame.of(Frame.Type.FAILED, what::write);
            Map.copyOf(members).forEach((rank, peer) -> {
                if (rank != origin) {
                    loop.send(peer, frame);
                }
            });
        }
    }

    /** Rank 0 leaves in good order. */
    void leave() {
        List<HubPeer> all = List.copyOf(members.values());
        members.clear();
        all.forEach(peer -> loop.dismiss(peer, Frame.of(Frame.Type.GOODBYE)));
        refusals.summarize(System.nanoTime());
    }

    private void hello(HubPeer peer, Frame frame) throws IOException {
        try {
            Handshake.Answer answer = Handshake.answer(settings.token(), peer.nonce(), frame);
            admit(peer, answer.hello(), answer.clientNonce());
        } catch (Handshake.WrongTokenException e) {
            refuse(peer, false, String.valueOf(e.getMessage()));
        } catch (Hello.OtherProtocolException e) {
            misfit(peer, false, String.valueOf(e.getMessage()));
        }
    }

    private void admit(HubPeer peer, Hello hello, byte[] nonce) {
        Optional<String> stranger = gathering.stranger(hello);
        Optional<String> misfit = gathering.misfit(hello);
        if (stranger.isPresent()) {
            refuse(peer, true, stranger.get());
        } else if (misfit.isPresent()) {
            misfit(peer, !hello.runId().isEmpty(), misfit.get());
        } else if (end.isEmpty()) {
            welcome(peer, hello, nonce);
        } else {
            peer.becomes(hello, nonce);
            tellEnd(peer);
        }
    }

    private void welcome(HubPeer peer, Hello hello, byte[] nonce) {
        HubPeer old = members.remove(hello.rank());
        if (old != null) {
            loop.end(old, Optional.of("it came again"));
        }
        peer.becomes(hello, nonce);
        loop.admitted(peer);
        members.put(hello.rank(), peer);
        gathering.add(hello);
        loop.send(peer, HubFrames.text(Frame.Type.ACCEPTED, gathering.roster()));
        if (gathering.isComplete()) {
            gathered.complete(List.copyOf(gathering.there().values()));
        }
    }

    /** A process of this run that does not fit ends it; but where runs have no names it may be another's. */
    private void misfit(HubPeer peer, boolean surelyOfThisRun, String why) {
        fail(why);
        if (surelyOfThisRun) {
            spread(new PeerFailure(PeerFailure.NOBODY, "", "", why), PeerFailure.NOBODY);
        }
        refuse(peer, false, why);
    }

    private void refuse(HubPeer peer, boolean again, String why) {
        refusals.add(peer.address(), why, System.nanoTime());
        loop.dismiss(peer, HubFrames.refused(again, why));
    }

    private void goodbye(HubPeer peer, int rank) {
        members.remove(rank, peer);
        loop.dismiss(peer, Frame.of(Frame.Type.GOODBYE));
        fail("not all processes came before rank " + rank + " gave up; " + gathering.roster());
    }

    private void beat() {
        long now = System.nanoTime();
        Frame frame = phase == Phase.GATHERING
                ? HubFrames.text(Frame.Type.ROSTER, gathering.roster())
                : Frame.of(Frame.Type.HEARTBEAT);
        for (HubPeer peer : List.copyOf(members.values())) {
            if (now - peer.heard() > settings.silence().toNanos()) {
                loop.end(peer, Optional.of("it was silent for " + settings.silence() + ", as if its host were gone"));
            } else {
                loop.send(peer, frame);
            }
        }
    }

    @Override
    public void connected(HubPeer peer) throws IOException {
        peer.send(Handshake.magic());
        peer.send(peer.nonce());
    }

    @Override
    public void came(HubPeer peer, Frame frame) throws IOException {
        if (frame.type() == Frame.Type.HELLO) {
            hello(peer, frame);
            return;
        }
        int rank = peer.hello().orElseThrow().rank();
        DataInputStream in = frame.content();
        switch (frame.type()) {
            case FAILED -> spread(PeerFailure.read(in), rank);
            case GOODBYE -> goodbye(peer, rank);
            case HEARTBEAT, HELLO, ACCEPTED, ROSTER, REFUSED, WORLD -> {}
        }
    }

    @Override
    public void ended(HubPeer peer, Optional<String> why) {
        Hello hello = peer.hello().orElseThrow();
        if (members.remove(hello.rank(), peer)) {
            String how = "ended without a word" + why.map(w -> " (" + w + ")").orElse("");
            fail(hello.who() + " " + how + " before all had come; " + gathering.roster());
            spread(new PeerFailure(hello.rank(), "", "", hello.where() + " " + how), hello.rank());
        }
    }

    @Override
    public void refused(HubPeer peer, String why) {
        refusals.add(peer.address(), why, System.nanoTime());
    }

    @Override
    public void tick(long now) {
        if (now - beat > settings.heartbeat().toNanos()) {
            beat = now;
            beat();
            refusals.tick(now);
        }
    }

    @Override
    public void broken(Throwable why) {
        LOGGER.log(System.Logger.Level.ERROR, "rank 0's control channel broke", why);
        String text = "rank 0's control channel broke: " + why;
        fail(text);
        spread(new PeerFailure(first.rank(), "", "", text), PeerFailure.NOBODY);
    }
}
