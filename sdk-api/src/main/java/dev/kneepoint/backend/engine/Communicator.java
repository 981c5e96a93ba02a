package dev.kneepoint.backend.engine;

/** The collectives of one process group on one stream. Thread-safe. */
interface Communicator {
    /** Ranks of the group. */
    int size();

    /** The meeting that a rank is about to join. */
    Meeting next(int rank);

    /** Joins the meeting that {@link #next} gave. */
    void join(Meeting meeting, Meeting.Member member);

    /** Bytes that come to a rank from others. */
    long received(Meeting.Member member);
}
