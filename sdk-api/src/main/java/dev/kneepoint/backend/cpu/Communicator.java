package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.RankFailedException;
import java.util.List;

/**
 * The collectives of one process group on one stream. Ranks read each other's buffers directly, part by part and chunk
 * by chunk, each rank beginning with its right neighbour's; so every byte crosses once, as in a ring. A part is summed
 * by one rank, always in the same order, and copied by the others: the result has the same bits everywhere, whatever
 * the threads do.
 */
final class Communicator {
    /** Floats of a chunk: what fits a first-level cache beside its sum. */
    private static final int CHUNK = 4096;

    private final RunControl control;
    private final MatrixKernel kernel;
    private final String name;
    private final List<Integer> ranks;
    private final StreamKind stream;
    private final Seat[] seats;

    /** A member's place. Plain fields are published by the volatile counter written after them. */
    private static final class Seat {
        String op = "";
        CollectiveKind kind = CollectiveKind.ALL_REDUCE;
        int length;
        float[] input = {};
        int inputAt;
        float[] output = {};
        volatile long arrived;
        volatile long progress;
        volatile long left;
    }

    Communicator(RunControl control, MatrixKernel kernel, String name, List<Integer> ranks, StreamKind stream) {
        this.control = control;
        this.kernel = kernel;
        this.name = name;
        this.ranks = ranks;
        this.stream = stream;
        this.seats = new Seat[ranks.size()];
        for (int i = 0; i < seats.length; i++) {
            seats[i] = new Seat();
        }
    }

    int size() {
        return seats.length;
    }

    /** Whether two names mean one array, so that a part lies in its place already. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean same(float[] one, float[] other) {
        return one == other;
    }

    /** Where a part begins. */
    static int partAt(int length, int part, int parts) {
        return (int) ((long) length * part / parts);
    }

    /**
     * Takes part in a collective.
     *
     * @param lane the stream of the rank that takes part
     * @param kind the collective
     * @param length elements of the whole
     * @param input the rank's part for all-gather, else the whole; summed in place by all-reduce
     * @param output the rank's part for reduce-scatter, else the whole; all-reduce ignores it. The same array as the input
     *     where a part lies in its place of the whole
     * @return when all had arrived, by {@link System#nanoTime}
     */
    long run(Lane lane, CollectiveKind kind, int length, float[] input, float[] output) {
        int me = ranks.indexOf(lane.rank);
        Seat seat = seats[me];
        seat.op = lane.op;
        seat.kind = kind;
        seat.length = length;
        seat.input = input;
        seat.inputAt =
                kind == CollectiveKind.ALL_GATHER && !same(input, output) ? -partAt(length, me, seats.length) : 0;
        seat.output = output;
        long turn = seat.arrived + 1;
        seat.progress = 0;
        seat.arrived = turn;
        wakeOthers(me);
        for (int i = 0; i < seats.length; i++) {
            Seat other = seats[i];
            awaitMember(lane, i, () -> other.arrived >= turn, "for it to join " + kind.label());
            compare(lane, seat, other, i);
        }
        long arrived = System.nanoTime();
        transfer(lane, me, kind, length);
        seat.left = turn;
        wakeOthers(me);
        for (int i = 0; i < seats.length; i++) {
            Seat other = seats[i];
            awaitMember(lane, i, () -> other.left >= turn, "for it to end " + kind.label());
        }
        return arrived;
    }

    private void awaitMember(Lane lane, int member, java.util.function.BooleanSupplier done, String what) {
        if (!done.getAsBoolean()) {
            control.await(lane, what + " of " + name, ranks.get(member), stream, done);
        }
    }

    private void compare(Lane lane, Seat mine, Seat other, int member) {
        if (mine.kind != other.kind || mine.length != other.length || !mine.op.equals(other.op)) {
            throw new RankFailedException(
                    lane.rank,
                    mine.op,
                    "brings " + describe(mine) + " to " + name + " where rank " + ranks.get(member) + " brings '"
                            + other.op + "', " + describe(other)
                            + "; all ranks of a group must issue the same collectives in the same order");
        }
    }

    private static String describe(Seat seat) {
        return seat.kind.label() + " of " + 4L * seat.length + " bytes";
    }

    private void wakeOthers(int me) {
        for (int i = 0; i < seats.length; i++) {
            if (i != me) {
                control.wake(control.lane(ranks.get(i), stream));
            }
        }
    }

    private void transfer(Lane lane, int me, CollectiveKind kind, int length) {
        switch (kind) {
            case ALL_REDUCE -> allReduce(lane, me, length);
            case ALL_GATHER -> allGather(lane, me, length);
            case REDUCE_SCATTER -> reduceScatter(lane, me, length);
            case ALL_TO_ALL -> allToAll(lane, me, length);
            case BROADCAST -> broadcast(lane, me, length);
        }
    }

    private void allReduce(Lane lane, int me, int length) {
        float[] mine = seats[me].input;
        int from = partAt(length, me, seats.length);
        int to = partAt(length, me + 1, seats.length);
        sumOthers(lane, me, from, to, mine, from);
        seats[me].progress = 1;
        wakeOthers(me);
        for (int i = 1; i < seats.length; i++) {
            int owner = (me + i) % seats.length;
            Seat other = seats[owner];
            awaitMember(lane, owner, () -> other.progress >= 1, "for its part of all-reduce");
            int at = partAt(length, owner, seats.length);
            copy(lane, other.input, at, mine, at, partAt(length, owner + 1, seats.length) - at);
        }
    }

    private void reduceScatter(Lane lane, int me, int length) {
        int from = partAt(length, me, seats.length);
        int to = partAt(length, me + 1, seats.length);
        float[] in = seats[me].input;
        float[] out = seats[me].output;
        int outAt = same(in, out) ? from : 0;
        if (!same(in, out)) {
            System.arraycopy(in, from, out, 0, to - from);
        }
        sumOthers(lane, me, from, to, out, outAt);
    }

    private void sumOthers(Lane lane, int me, int from, int to, float[] out, int outAt) {
        for (int at = from; at < to; at += CHUNK) {
            control.check();
            int count = Math.min(CHUNK, to - at);
            for (int i = 1; i < seats.length; i++) {
                kernel.add(seats[(me + i) % seats.length].input, at, out, outAt + at - from, count);
            }
        }
        lane.moved(4L * (to - from) * (seats.length - 1));
    }

    private void allGather(Lane lane, int me, int length) {
        float[] out = seats[me].output;
        for (int i = 0; i < seats.length; i++) {
            int owner = (me + i) % seats.length;
            Seat other = seats[owner];
            int at = partAt(length, owner, seats.length);
            int count = partAt(length, owner + 1, seats.length) - at;
            if (i == 0) {
                if (!same(other.input, out)) {
                    System.arraycopy(other.input, 0, out, at, count);
                }
            } else {
                copy(lane, other.input, at + other.inputAt, out, at, count);
            }
        }
    }

    private void allToAll(Lane lane, int me, int length) {
        float[] out = seats[me].output;
        int from = partAt(length, me, seats.length);
        int count = partAt(length, me + 1, seats.length) - from;
        for (int i = 0; i < seats.length; i++) {
            int owner = (me + i) % seats.length;
            if (i == 0) {
                System.arraycopy(seats[owner].input, from, out, owner * count, count);
            } else {
                copy(lane, seats[owner].input, from, out, owner * count, count);
            }
        }
    }

    /** A chain: each rank passes on the chunks that it has. */
    private void broadcast(Lane lane, int me, int length) {
        Seat seat = seats[me];
        if (me == 0) {
            if (!same(seat.input, seat.output)) {
                System.arraycopy(seat.input, 0, seat.output, 0, length);
            }
            seat.progress = length;
            wakeOthers(me);
            return;
        }
        Seat before = seats[me - 1];
        for (int at = 0; at < length; at += CHUNK) {
            int end = Math.min(length, at + CHUNK);
            awaitMember(lane, me - 1, () -> before.progress >= end, "for a chunk of broadcast");
            copy(lane, before.output, at, seat.output, at, end - at);
            seat.progress = end;
            wakeOthers(me);
        }
    }

    private void copy(Lane lane, float[] from, int at, float[] to, int toAt, int count) {
        control.check();
        System.arraycopy(from, at, to, toAt, count);
        lane.moved(4L * count);
    }
}
