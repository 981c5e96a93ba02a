package dev.kneepoint.backend.engine;

/**
 * A rank's part of a collective or a message between processes. Its commands are enqueued at once and wait for the others on
 * the device; when those were ready is known after the step. Confined to the rank's thread.
 */
final class RemoteMeeting implements Meeting {
    private final RemoteChannel channel;
    private final boolean message;
    private long ready;
    private long end;
    private long allReady;
    private long allEnded;

    RemoteMeeting(RemoteChannel channel, boolean message) {
        this.channel = channel;
        this.message = message;
    }

    @Override
    public boolean isOf(Communicator other) {
        return channel == other;
    }

    @Override
    public void await(int rank) {}

    @Override
    public void harvested(Work work) {
        ready = work.ready();
        end = work.end();
    }

    long ready() {
        return ready;
    }

    long ended() {
        return end;
    }

    void settle(long everyReady, long everyEnded) {
        allReady = everyReady;
        allEnded = everyEnded;
    }

    @Override
    public long allReady() {
        return allReady;
    }

    @Override
    public long allEnded() {
        return allEnded;
    }

    /** {@inheritDoc} Before that its command waited on the device. */
    @Override
    public long moving(long started) {
        return Math.max(started, allReady);
    }

    @Override
    public boolean isMessage() {
        return message;
    }
}
