package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.RankFailedException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Collectives of ranks of this process. A rank joins and goes on; the last to join enqueues the commands of
 * all, so that a command on a device only ever waits for commands that are enqueued already. Thread-safe.
 */
final class LocalCommunicator implements Communicator {
    private final RunControl control;
    private final String name;
    private final List<Integer> ranks;
    private final CollectiveCommands commands;
    private final int[] turns;
    private final Map<Integer, LocalMeeting> meetings = new HashMap<>();

    LocalCommunicator(RunControl control, String name, List<Integer> ranks, CollectiveCommands commands) {
        this.control = control;
        this.name = name;
        this.ranks = List.copyOf(ranks);
        this.commands = commands;
        this.turns = new int[ranks.size()];
    }

    @Override
    public int size() {
        return ranks.size();
    }

    @Override
    public synchronized Meeting next(int rank) {
        int turn = turns[ranks.indexOf(rank)]++;
        return meetings.computeIfAbsent(turn, t -> new LocalMeeting(this, ranks.size()));
    }

    @Override
    public void join(Meeting next, Meeting.Member member) {
        LocalMeeting meeting = (LocalMeeting) next;
        int place = ranks.indexOf(member.rank());
        if (meeting.join(place, member)) {
            synchronized (this) {
                meetings.values().remove(meeting);
            }
            Meeting.Member[] all = new Meeting.Member[ranks.size()];
            for (int i = 0; i < all.length; i++) {
                Meeting.Member other = meeting.member(i);
                all[i] = other == null ? member : other;
                compare(member, all[i]);
            }
            commands.enqueue(all);
            meeting.open();
        }
    }

    private void compare(Meeting.Member mine, Meeting.Member other) {
        if (mine.kind() != other.kind()
                || mine.length() != other.length()
                || mine.type() != other.type()
                || !mine.work().op.equals(other.work().op)) {
            throw new RankFailedException(
                    mine.rank(),
                    mine.work().op,
                    "brings " + mine.describe() + " to " + name + " where rank " + other.rank() + " brings '"
                            + other.work().op + "', " + other.describe()
                            + "; all ranks of a group must issue the same collectives in the same order");
        }
    }

    /** Waits until all have joined; only then are there events to wait for. */
    void await(LocalMeeting meeting, int rank) {
        if (!meeting.isOpen()) {
            control.await(meeting, rank, meeting::isOpen, () -> ranks.get(meeting.firstAbsent()));
        }
    }

    @Override
    public long received(Meeting.Member member) {
        return CollectiveCommands.received(member, ranks.indexOf(member.rank()), ranks.size());
    }
}
