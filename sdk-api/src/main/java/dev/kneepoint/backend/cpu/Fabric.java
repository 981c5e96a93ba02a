package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The communicators and mailboxes of one run, made when first used. Thread-safe. */
final class Fabric {
    private record Key(GroupKind kind, int first, StreamKind stream) {}

    private final RunControl control;
    private final MatrixKernel kernel;
    private final RankMap map;
    private final Map<Key, Communicator> communicators = new ConcurrentHashMap<>();
    private final Mailboxes mailboxes = new Mailboxes();

    Fabric(StepPlan plan, RunControl control, MatrixKernel kernel) {
        this.control = control;
        this.kernel = kernel;
        this.map = new RankMap(plan.layout());
    }

    Communicator communicator(GroupKind kind, int rank, StreamKind stream) {
        List<Integer> group = map.group(kind, rank);
        return communicators.computeIfAbsent(
                new Key(kind, group.getFirst(), stream),
                key -> new Communicator(control, kernel, kind.label() + " group " + group, group, stream));
    }

    int stage(int rank) {
        return map.stage(rank);
    }

    /** The mailbox of the chunk that comes after a chunk, or before it, in model order. */
    Mailboxes.Address beyond(int rank, int chunk, boolean towardsLast) {
        RankMap.Chunk to = map.beyond(rank, chunk, towardsLast);
        return new Mailboxes.Address(to.rank(), to.chunk(), towardsLast);
    }

    /** The rank that sends to a chunk of a rank. */
    int sender(int rank, boolean towardsLast) {
        return map.sender(rank, towardsLast);
    }

    Mailboxes mailboxes() {
        return mailboxes;
    }
}
