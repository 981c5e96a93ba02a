package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;

/** One call of a collective, or one message, as a rank sees it that takes part. */
interface Meeting {
    /**
     * What a rank brings.
     *
     * @param rank the rank
     * @param seat where it runs
     * @param work its part
     * @param kind the collective
     * @param length elements of the whole
     * @param in its part for all-gather, else the whole; summed in place by all-reduce
     * @param out its part for reduce-scatter, else the whole; ignored by all-reduce
     * @param factor what sums are multiplied by
     * @param waits events that must have ended before its buffers are touched
     */
    record Member(
            int rank,
            Seat seat,
            Work work,
            CollectiveKind kind,
            long length,
            DeviceKernels.At in,
            DeviceKernels.At out,
            float factor,
            DeviceEvent[] waits) {
        DataType type() {
            return in.buffer().type();
        }

        String describe() {
            return kind.label() + " of " + type().bytes() * length + " bytes";
        }
    }

    /** Whether it belongs to a communicator. */
    boolean isOf(Communicator other);

    /** Waits until its commands are enqueued. */
    void await(int rank);

    /** Notes when a rank could have run its part, and when it ended. */
    void harvested(Work work);

    /** When all ranks were ready; known once all have harvested. */
    long allReady();

    /** When the last rank ended. */
    long allEnded();

    /**
     * When data began to move.
     *
     * @param started when the rank's command did
     */
    default long moving(long started) {
        return started;
    }

    /** Whether it is a message between two stages and no collective. */
    default boolean isMessage() {
        return false;
    }
}
