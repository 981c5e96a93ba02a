package dev.kneepoint.backend.engine;

import static dev.kneepoint.backend.engine.CommandChain.plus;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.Meeting.Member;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Enqueues the commands of a collective on the queues of all its ranks. A part is summed by one rank, always in the same
 * order, and copied to the others, so that the result has the same bits everywhere. Where host and devices share memory a
 * rank reads and writes the buffers of others directly; elsewhere it pulls what it needs in chunks, so that no driver moves
 * whole buffers to and fro. Thread-safe.
 */
final class CollectiveCommands {
    /** Elements of a chunk: 4 MiB in single precision. */
    static final int CHUNK = 1 << 20;

    private final StreamKind stream;
    private final boolean direct;
    private final Staging staging;

    /** Where a rank's device has what comes from others. */
    @FunctionalInterface
    interface Staging {
        /** The buffer of a rank for a stream: {@link #CHUNK} elements, or as many as its arrays of the type have. */
        DeviceBuffer of(int rank, StreamKind stream, DataType type);
    }

    /**
     * Commands on a stream.
     *
     * @param direct whether kernels may read the buffers of other ranks
     */
    CollectiveCommands(StreamKind stream, boolean direct, Staging staging) {
        this.stream = stream;
        this.direct = direct;
        this.staging = staging;
    }

    /** Where a part begins. */
    static long partAt(long length, int part, int parts) {
        return Math.multiplyExact(length, part) / parts;
    }

    /**
     * Enqueues the commands of all ranks and tells each its events.
     *
     * @param members by place in the group, alike in kind and length
     */
    void enqueue(Member[] members) {
        List<DeviceEvent> ready = new ArrayList<>();
        for (Member m : members) {
            ready.addAll(List.of(m.waits()));
        }
        CommandChain[] chains = new CommandChain[members.length];
        try {
            for (int i = 0; i < chains.length; i++) {
                chains[i] = chain(members[i], ready);
            }
            long length = members[0].length();
            switch (members[0].kind()) {
                case ALL_REDUCE -> allReduce(chains, length);
                case ALL_GATHER -> allGather(chains, length);
                case REDUCE_SCATTER -> reduceScatter(chains, length);
                case ALL_TO_ALL -> allToAll(chains, length);
                case BROADCAST -> broadcast(chains, length);
            }
        } finally {
            hand(chains);
        }
    }

    private CommandChain chain(Member member, List<DeviceEvent> ready) {
        return new CommandChain(
                member,
                stream,
                direct,
                () -> staging.of(member.rank(), stream, member.type()),
                ready.toArray(DeviceEvent[]::new));
    }

    /** A rank's buffers may be read by any other, so that its part has ended when all have. */
    private static void hand(CommandChain[] chains) {
        List<DeviceEvent> last = new ArrayList<>();
        for (CommandChain c : chains) {
            if (c != null) {
                last.add(c.last());
                c.queue.flush();
            }
        }
        DeviceEvent[] done = last.toArray(DeviceEvent[]::new);
        for (CommandChain c : chains) {
            if (c != null) {
                c.member.work().enqueued(c.events.toArray(DeviceEvent[]::new), done);
            }
        }
    }

    private void allReduce(CommandChain[] chains, long length) {
        if (direct) {
            sumAndPush(chains, length);
        } else {
            sumThenPull(chains, length);
        }
    }

    /**
     * A part of any rank's buffer is read by the part's owner alone, so the owner may write the sum there: nobody waits for
     * anybody, and what is copied is still in the cache.
     */
    private static void sumAndPush(CommandChain[] chains, long length) {
        int n = chains.length;
        for (int i = 0; i < n; i++) {
            long end = partAt(length, i + 1, n);
            for (long at = partAt(length, i, n); at < end; at += CHUNK) {
                long count = Math.min(CHUNK, end - at);
                At mine = plus(chains[i].member.in(), at);
                for (int j = 1; j < n; j++) {
                    chains[i].add(mine, plus(chains[(i + j) % n].member.in(), at), mine, count);
                }
                chains[i].scale(mine, count);
                for (int j = 1; j < n; j++) {
                    chains[i].copy(mine, plus(chains[(i + j) % n].member.in(), at), count);
                }
            }
        }
    }

    private static void sumThenPull(CommandChain[] chains, long length) {
        int n = chains.length;
        DeviceEvent[] summed = new DeviceEvent[n];
        for (int i = 0; i < n; i++) {
            long from = partAt(length, i, n);
            long count = partAt(length, i + 1, n) - from;
            At mine = plus(chains[i].member.in(), from);
            for (int j = 1; j < n; j++) {
                chains[i].add(mine, plus(chains[(i + j) % n].member.in(), from), mine, count);
            }
            chains[i].scale(mine, count);
            summed[i] = chains[i].last();
        }
        for (int i = 0; i < n; i++) {
            for (int j = 1; j < n; j++) {
                int owner = (i + j) % n;
                long from = partAt(length, owner, n);
                long count = partAt(length, owner + 1, n) - from;
                chains[i].copy(
                        plus(chains[owner].member.in(), from), plus(chains[i].member.in(), from), count, summed[owner]);
            }
        }
    }

    private void reduceScatter(CommandChain[] chains, long length) {
        int n = chains.length;
        for (int i = 0; i < n; i++) {
            long from = partAt(length, i, n);
            long count = partAt(length, i + 1, n) - from;
            At out = chains[i].member.out();
            At sum = plus(chains[i].member.in(), from);
            for (int j = 1; j < n; j++) {
                chains[i].add(sum, plus(chains[(i + j) % n].member.in(), from), out, count);
                sum = out;
            }
            if (n == 1) {
                chains[i].copy(sum, out, count);
            }
            chains[i].scale(out, count);
        }
    }

    private void allGather(CommandChain[] chains, long length) {
        int n = chains.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                int owner = (i + j) % n;
                long from = partAt(length, owner, n);
                chains[i].copy(
                        chains[owner].member.in(),
                        plus(chains[i].member.out(), from),
                        partAt(length, owner + 1, n) - from);
            }
        }
    }

    private void allToAll(CommandChain[] chains, long length) {
        int n = chains.length;
        for (int i = 0; i < n; i++) {
            long from = partAt(length, i, n);
            long count = partAt(length, i + 1, n) - from;
            for (int j = 0; j < n; j++) {
                int owner = (i + j) % n;
                chains[i].copy(
                        plus(chains[owner].member.in(), from), plus(chains[i].member.out(), owner * count), count);
            }
        }
    }

    /** A chain of ranks: each passes on the chunks that it has. */
    private void broadcast(CommandChain[] chains, long length) {
        for (long at = 0; at < length; at += CHUNK) {
            long count = Math.min(CHUNK, length - at);
            chains[0].copy(plus(chains[0].member.in(), at), plus(chains[0].member.out(), at), count);
            for (int i = 1; i < chains.length; i++) {
                chains[i].copy(
                        plus(chains[i - 1].member.out(), at),
                        plus(chains[i].member.out(), at),
                        count,
                        chains[i - 1].last());
            }
        }
    }

    /** Bytes that come to a rank from others. */
    static long received(Member m, int place, int ranks) {
        long whole = m.length();
        long mine = partAt(m.length(), place + 1, ranks) - partAt(m.length(), place, ranks);
        return m.type().bytes()
                * switch (m.kind()) {
                    case ALL_REDUCE -> mine * (ranks - 1) + whole - mine;
                    case ALL_GATHER -> whole - mine;
                    case REDUCE_SCATTER, ALL_TO_ALL -> mine * (ranks - 1);
                    case BROADCAST -> place == 0 ? 0 : whole;
                };
    }
}
