package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;

/** How one rank of a run reaches the others. Confined to the rank's thread. */
interface Links {
    /** The rank's process group of a kind, as far as a stream uses it. */
    Communicator communicator(GroupKind kind, StreamKind stream);

    /** Sends the rank's input to a neighbouring stage; never waits for the receiver. */
    void send(Op.SendReceive t, int chunk);

    /** Puts what a neighbouring stage sends into the rank's input. */
    void receive(Op.SendReceive t, int chunk);

    /**
     * Begins a step.
     *
     * @param clock of the rank's device
     * @param now when all ranks of this process were there, by {@link System#nanoTime}
     * @return when all ranks of the run were there, by the same clock
     */
    long begin(DeviceClock clock, long now);

    /**
     * Ends a step.
     *
     * @param start what {@link #begin} gave
     * @param last when the last command of any rank of this process ended
     * @return the same of any rank of the run, as far after {@code start} as on the rank whose it was
     */
    long end(long start, long last);
}
