package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DeviceEvent;

/** A command that was put on a stream without events: nobody can ask when it ran, or wait for it alone. */
enum PlainCommand implements DeviceEvent {
    /** All of them. */
    ANY;

    @Override
    public long queued() {
        throw unknown();
    }

    @Override
    public long start() {
        throw unknown();
    }

    @Override
    public long end() {
        throw unknown();
    }

    @Override
    public boolean hasEnded() {
        throw unknown();
    }

    @Override
    public void await() {
        throw unknown();
    }

    private static IllegalStateException unknown() {
        return new IllegalStateException("a command without events tells no time, and is nothing to wait for");
    }

    @Override
    public void release() {}
}
