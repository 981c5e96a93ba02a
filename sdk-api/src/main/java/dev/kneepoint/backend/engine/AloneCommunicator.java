package dev.kneepoint.backend.engine;

/** The communicator of a rank that has its process group for itself, where nothing moves. */
final class AloneCommunicator implements Communicator {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public Meeting next(int rank) {
        throw new IllegalStateException("rank " + rank + " is alone in its group");
    }

    @Override
    public void join(Meeting meeting, Meeting.Member member) {
        throw new IllegalStateException("rank " + member.rank() + " is alone in its group");
    }

    @Override
    public long received(Meeting.Member member) {
        return 0;
    }
}
