package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.Meeting.Member;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The commands of one rank in a collective, in the making: each runs after the one before it, the first after all ranks
 * are ready. Confined to the thread that enqueues the collective.
 */
final class CommandChain {
    final Member member;
    final DeviceQueue queue;
    final List<DeviceEvent> events = new ArrayList<>();

    private final boolean direct;
    private final Supplier<DeviceBuffer> staging;
    private DeviceEvent[] waits;

    /**
     * No commands yet.
     *
     * @param direct whether kernels may read the buffers of other ranks
     * @param staging a buffer of {@link CollectiveCommands#CHUNK} elements beside the device, for where they may not
     * @param waits what the first command waits for
     */
    CommandChain(
            Member member, StreamKind stream, boolean direct, Supplier<DeviceBuffer> staging, DeviceEvent[] waits) {
        this.member = member;
        this.queue = member.seat().queue(stream);
        this.direct = direct;
        this.staging = staging;
        this.waits = waits;
    }

    static At plus(At array, long elements) {
        return new At(array.buffer(), array.from() + elements);
    }

    private DeviceEvent[] waits(DeviceEvent... more) {
        DeviceEvent[] all = Arrays.copyOf(waits, waits.length + more.length);
        System.arraycopy(more, 0, all, waits.length, more.length);
        waits = DeviceKernels.NOTHING;
        return all;
    }

    /** Copies between buffers, {@code more} having ended too; what lies where it should stays there. */
    void copy(At from, At to, long length, DeviceEvent... more) {
        if (length > 0 && !from.equals(to)) {
            events.add(queue.copy(from, to, length, waits(more)));
        }
    }

    /** {@code c = a + other}, where {@code other} is another rank's. */
    void add(At a, At other, At c, long length) {
        for (long at = 0; at < length; at += CollectiveCommands.CHUNK) {
            int count = (int) Math.min(CollectiveCommands.CHUNK, length - at);
            At theirs = plus(other, at);
            if (!direct) {
                At stage = DeviceKernels.whole(staging.get());
                copy(theirs, stage, count);
                theirs = stage;
            }
            events.addAll(
                    List.of(member.seat().kernels().add(queue, plus(a, at), theirs, plus(c, at), count, waits())));
        }
    }

    /** Multiplies by the member's factor. */
    void scale(At x, long length) {
        if (member.factor() == 1) {
            return;
        }
        // Kernels count in int.
        for (long at = 0; at < length; at += Integer.MAX_VALUE) {
            int count = (int) Math.min(Integer.MAX_VALUE, length - at);
            events.addAll(List.of(member.seat().kernels().scale(queue, plus(x, at), count, member.factor(), waits())));
        }
    }

    /** The event of the latest command; of one that does nothing if there is none yet. */
    DeviceEvent last() {
        if (events.isEmpty()) {
            events.add(queue.marker(waits()));
        }
        return events.getLast();
    }
}
