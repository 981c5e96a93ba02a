package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.DeviceWatch;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.RankFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * What has failed in a run, here or elsewhere: the first failure that this process learns of. Thread-safe.
 */
final class NcclFailure implements DeviceWatch {
    private static final long REASON_NANOS = 2_000_000_000;

    private final Membership membership;
    private final List<InFlight> ranks;
    private final AtomicReference<Optional<BackendException>> first = new AtomicReference<>(Optional.empty());
    private volatile boolean aborted;
    private volatile Runnable probe = () -> {};

    /**
     * Nothing has failed yet.
     *
     * @param ranks what each rank of this process does
     */
    NcclFailure(Membership membership, List<InFlight> ranks) {
        this.membership = membership;
        this.ranks = List.copyOf(ranks);
    }

    /** What a rank of this process does. */
    InFlight of(int rank) {
        return ranks.stream().filter(r -> r.rank() == rank).findFirst().orElseThrow();
    }

    /** Whether a failure of another process becomes known by itself. */
    boolean hearsOfOthers() {
        return membership.channel().hearsOfOthers();
    }

    boolean isKnown() {
        return known().isPresent();
    }

    /** The failure, if there is one by now. */
    Optional<BackendException> known() {
        if (first.get().isEmpty()) {
            membership
                    .channel()
                    .failure()
                    .ifPresent(peer -> first.compareAndSet(Optional.empty(), Optional.of(of(peer))));
        }
        return first.get();
    }

    private BackendException of(PeerFailure peer) {
        if (peer.rank() < 0 || peer.rank() >= membership.size()) {
            return new BackendException(peer.text());
        }
        int rank = membership.devicesBefore(peer.rank());
        String where = peer.group().isEmpty() ? "" : peer.group() + ": ";
        return new RankFailedException(rank, peer.op(), where + peer.message());
    }

    /** Asks for failures that nobody tells of, from now on and whenever somebody waits. */
    void ask(Runnable errors) {
        probe = errors;
    }

    /** Remembers a failure of this process, and tells the others of it if they did not tell it. */
    synchronized void raise(BackendException why) {
        if (why instanceof NcclException) {
            // What NCCL notices is often that another process has ended, which is told of a moment later.
            awaitReason();
        }
        if (!isKnown() && first.compareAndSet(Optional.empty(), Optional.of(why))) {
            String op = why instanceof RankFailedException r ? r.op() : why instanceof NcclException n ? n.op() : "";
            String group = why instanceof NcclException n ? n.group() : "";
            membership.channel().failed(new PeerFailure(membership.rank(), op, group, unlocated(why)));
        }
    }

    /** What went wrong, without rank, op and group before it, which travel by themselves. */
    private static String unlocated(BackendException why) {
        String text = String.valueOf(why.getMessage());
        boolean located = why instanceof RankFailedException
                || why instanceof NcclException n && n.rank().isPresent();
        return located ? text.substring(text.indexOf(": ") + 2) : text;
    }

    private void awaitReason() {
        long start = System.nanoTime();
        while (membership.size() > 1 && !isKnown() && System.nanoTime() - start < REASON_NANOS) {
            LockSupport.parkNanos(REASON_NANOS / 20);
        }
    }

    /** From now on waits go on to their end, which is near: communicators have been aborted. */
    void aborted() {
        aborted = true;
    }

    /**
     * Ends a wait that would be in vain.
     *
     * @throws BackendException what has failed
     */
    @Override
    public void look() {
        if (!aborted) {
            probe.run();
            known().ifPresent(why -> {
                throw again(why);
            });
        }
    }

    /** Each thread throws one of its own. */
    private static BackendException again(BackendException why) {
        return why instanceof RankFailedException r ? r : new BackendException(String.valueOf(why.getMessage()), why);
    }

    /** Why nothing works any more. */
    BackendException again() {
        return new BackendException("backend nccl is of no use since a run failed ("
                + known().map(Throwable::getMessage).orElse("") + "); close it in all processes and open it again");
    }

    /**
     * Ends a wait that has been too long.
     *
     * @throws RankFailedException with what the rank waits in
     */
    @Override
    public void late(Duration waited) {
        if (aborted) {
            return;
        }
        for (InFlight rank : ranks) {
            Optional<InFlight.Transfer> transfer = rank.oldest();
            if (transfer.isPresent()) {
                throw new RankFailedException(
                        rank.rank(),
                        transfer.get().op(),
                        transfer.get().group() + ": has waited for other ranks for " + waited.toSeconds()
                                + " s; see what holds them up, or give them more time by nccl.timeout");
            }
        }
    }

    /** What was at work when it failed, to be asked before events are given back. */
    NcclException located(NcclException e, int rank, String group) {
        return e.at(rank, of(rank).oldest().map(InFlight.Transfer::op).orElse(""), group);
    }

    /** Forgets everything, in a process that has nobody to agree with. */
    void forget() {
        aborted = false;
        ranks.forEach(InFlight::forget);
        first.set(Optional.empty());
    }
}
