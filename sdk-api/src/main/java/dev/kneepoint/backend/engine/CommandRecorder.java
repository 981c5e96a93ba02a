package dev.kneepoint.backend.engine;

/**
 * A queue of a device that can record commands, so as to give them to the device again in one piece. Its commands have no
 * events of their own: those that they answer with tell nothing, are nothing to wait for, and need not be released. Confined to one thread. A
 * failing call is an exception of the backend, without rank and op.
 */
public interface CommandRecorder extends AutoCloseable {
    /**
     * Where kernels put their commands inside {@link #time} and {@link #record}, and only there.
     *
     * @return a queue that the recorder closes
     */
    DeviceQueue queue();

    /**
     * Puts commands on the queue and waits for their end.
     *
     * @param commands enqueues them
     * @return nanoseconds of the device's clock from before the first to after the last
     */
    long time(Runnable commands);

    /**
     * Records commands, which do not run. What they need must be there: nothing may be allocated, compiled or waited for.
     *
     * @param commands enqueues them, at least one
     * @return what the caller closes before the recorder
     */
    Recording record(Runnable commands);

    /** Waits for everything and gives the queue back. */
    @Override
    void close();

    /** Commands that run as often as they are launched, on the buffers that they were recorded with. */
    interface Recording extends AutoCloseable {
        /**
         * What it consists of.
         *
         * @return commands of the device, at least one
         */
        long commands();

        /** Enqueues all of them; inside {@link CommandRecorder#time}. */
        void launch();

        /** Gives it back; the device has run what was launched. */
        @Override
        void close();
    }
}
