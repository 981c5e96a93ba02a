package dev.kneepoint.backend.cuda;

import java.time.Duration;

/** What may keep a device from coming to an end besides the device itself: other ranks. Thread-safe. Not for hosts. */
public interface DeviceWatch {
    /** Nothing does. */
    DeviceWatch NOTHING = new DeviceWatch() {
        @Override
        public void look() {}

        @Override
        public void late(Duration waited) {}
    };

    /** Called again and again while a thread waits for the device; what it throws ends the wait. */
    void look();

    /**
     * Called when a wait has been too long. What it throws ends the wait; if it returns, the device counts as lost.
     *
     * @param waited how long
     */
    void late(Duration waited);
}
