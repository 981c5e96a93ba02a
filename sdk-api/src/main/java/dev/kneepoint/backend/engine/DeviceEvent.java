package dev.kneepoint.backend.engine;

import java.util.Collection;

/** A command that was enqueued. Thread-safe; whoever enqueued it releases it, once. */
public interface DeviceEvent {
    /**
     * When the host enqueued it, or when it started if the device does not tell; known once it has ended.
     *
     * @return nanoseconds of the device's clock
     */
    long queued();

    /**
     * When it started; known once it has ended.
     *
     * @return nanoseconds of the device's clock
     */
    long start();

    /**
     * When it ended; known once it has.
     *
     * @return nanoseconds of the device's clock
     */
    long end();

    /**
     * Whether it has ended, without waiting.
     *
     * @return false if it has not, or if that is not known yet
     */
    boolean hasEnded();

    /** Waits for it and everything that it waits for. */
    void await();

    /** Gives it back. */
    void release();

    /**
     * Gives several back.
     *
     * @param events the events
     */
    static void release(Collection<DeviceEvent> events) {
        events.forEach(DeviceEvent::release);
    }
}
