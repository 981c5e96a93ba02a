package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.opencl.ClKernels.At;
import dev.kneepoint.backend.opencl.Meeting.Member;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/**
 * The commands of one rank in a collective, in the making: each runs after the one before it, the first after all ranks
 * are ready. Confined to the thread that enqueues the collective.
 */
final class CommandChain {
    final Member member;
    final cl_command_queue queue;
    final List<cl_event> events = new ArrayList<>();

    private final boolean direct;
    private final Supplier<cl_mem> staging;
    private cl_event[] waits;

    /**
     * No commands yet.
     *
     * @param direct whether kernels may read the buffers of other ranks
     * @param staging a buffer of {@link CollectiveCommands#CHUNK} elements beside the device, for where they may not
     * @param waits what the first command waits for
     */
    CommandChain(Member member, StreamKind stream, boolean direct, Supplier<cl_mem> staging, cl_event[] waits) {
        this.member = member;
        this.queue = member.seat().queue(stream);
        this.direct = direct;
        this.staging = staging;
        this.waits = waits;
    }

    static At plus(At array, long elements) {
        return new At(array.buffer(), array.from() + elements);
    }

    private cl_event[] waits(cl_event... more) {
        cl_event[] all = Arrays.copyOf(waits, waits.length + more.length);
        System.arraycopy(more, 0, all, waits.length, more.length);
        waits = ClKernels.NOTHING;
        return all;
    }

    /** Copies between buffers, {@code more} having ended too. */
    void copy(At from, At to, int length, cl_event... more) {
        if (length > 0) {
            events.add(Cl.copy(queue, from, to, length, waits(more)));
        }
    }

    /** {@code c = a + other}, where {@code other} is another rank's. */
    void add(At a, At other, At c, int length) {
        for (int at = 0; at < length; at += CollectiveCommands.CHUNK) {
            int count = Math.min(CollectiveCommands.CHUNK, length - at);
            At theirs = plus(other, at);
            if (!direct) {
                At stage = ClKernels.whole(staging.get());
                copy(theirs, stage, count);
                theirs = stage;
            }
            events.addAll(
                    List.of(member.seat().kernels().add(queue, plus(a, at), theirs, plus(c, at), count, waits())));
        }
    }

    /** Multiplies by the member's factor. */
    void scale(At x, int length) {
        if (member.factor() != 1 && length > 0) {
            events.addAll(List.of(member.seat().kernels().scale(queue, x, length, member.factor(), waits())));
        }
    }

    /** The event of the latest command; of one that does nothing if there is none yet. */
    cl_event last() {
        if (events.isEmpty()) {
            events.add(Cl.marker(queue, waits()));
        }
        return events.getLast();
    }
}
