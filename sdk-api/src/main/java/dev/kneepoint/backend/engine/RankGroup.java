package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.ReductionOp;

/**
 * A rank's view of a group of ranks of a {@link RankNetwork}. All ranks of the group call the same methods with the same
 * kinds and lengths in the same order. Confined to the rank's thread. A failing call is an exception of the backend.
 */
public interface RankGroup {
    /**
     * What it is, for messages.
     *
     * @return for example {@code tensor group of 4}
     */
    String name();

    /**
     * Ranks of the group.
     *
     * @return at least 2
     */
    int size();

    /**
     * Where the rank stands among the group's.
     *
     * @return from 0, in the order of the ranks' numbers
     */
    int place();

    /**
     * Enqueues a collective, whose parts are those of {@link dev.kneepoint.spi.Numerics#collective}.
     *
     * @param queue a queue of the rank's device
     * @param op the op's name, for messages
     * @param call what to do
     * @param waits what must have ended on the rank's device before
     * @return the rank's part
     */
    DeviceEvent collective(DeviceQueue queue, String op, Call call, DeviceEvent... waits);

    /**
     * A collective.
     *
     * @param kind the collective
     * @param in the rank's part for all-gather, else the whole
     * @param out the rank's part for reduce-scatter, else the whole; may be {@code in} for all-reduce
     * @param length elements of the whole
     * @param op how elements become one, where they do
     */
    record Call(CollectiveKind kind, At in, At out, long length, ReductionOp op) {}

    /**
     * Enqueues a message; it ends when the receiver has it.
     *
     * @param queue a queue of the rank's device
     * @param op the op's name, for messages
     * @param to the receiver's place
     * @param from the elements
     * @param elements how many
     * @param waits what must have ended before
     * @return the message
     */
    DeviceEvent send(DeviceQueue queue, String op, int to, At from, long elements, DeviceEvent... waits);

    /**
     * Enqueues the other end of a message.
     *
     * @param queue a queue of the rank's device
     * @param op the op's name, for messages
     * @param from the sender's place
     * @param to where the elements go
     * @param elements how many
     * @param waits what must have ended before
     * @return the message
     */
    DeviceEvent receive(DeviceQueue queue, String op, int from, At to, long elements, DeviceEvent... waits);

    /**
     * Enqueues a message and the other end of another one, which do not wait for each other.
     *
     * @param queue a queue of the rank's device
     * @param op the op's name, for messages
     * @param to the receiver's place
     * @param out the elements that it gets
     * @param from the sender's place
     * @param in where its elements go; may be {@code out}
     * @param elements how many, both ways
     * @return both messages
     */
    DeviceEvent exchange(DeviceQueue queue, String op, int to, At out, int from, At in, long elements);

    /**
     * Compares numbers with the other ranks and waits for the result.
     *
     * @param mine as many as the others have
     * @return the largest of all ranks, one by one
     */
    long[] max(long[] mine);
}
