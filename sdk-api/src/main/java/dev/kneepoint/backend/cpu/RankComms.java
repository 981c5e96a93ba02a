package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes a rank's collectives into transfers on its arrays. Confined to the rank's thread. */
final class RankComms {
    private final int rank;
    private final RunControl control;
    private final Fabric fabric;
    private final RankBuffers buffers;
    private final boolean checks;
    private final float[] one = {1};
    private float[] regathered = {};

    RankComms(int rank, RunControl control, Fabric fabric, RankBuffers buffers, boolean checks) {
        this.rank = rank;
        this.control = control;
        this.fabric = fabric;
        this.buffers = buffers;
        this.checks = checks;
    }

    /** A prepared transfer, and the weights that are there when it has ended. */
    record Prepared(LongSupplier body, Optional<float[]> weights) {}

    /**
     * Takes the op's arrays; empty if the group has no other rank.
     *
     * @param fault makes the transfer another size or its input NaN
     */
    Optional<Prepared> prepare(Op.Collective c, Optional<Fault.Kind> fault) {
        Communicator group = fabric.communicator(c.group(), rank, c.stream());
        if (group.size() == 1) {
            return Optional.empty();
        }
        int length = OpSizes.floats(c.bytes());
        if (fault.isPresent() && fault.get() == Fault.Kind.RESIZE) {
            length = Math.max(1, length / 2);
        }
        boolean poisoned = fault.isPresent() && fault.get() == Fault.Kind.NAN;
        Lane lane = control.lane(rank, c.stream());
        return Optional.of(
                switch (c.stream()) {
                    case TENSOR, EXPERT, COMPUTE -> activations(c, group, lane, length, poisoned);
                    case CONTEXT -> keys(c, group, lane, length, poisoned);
                    case SHARD, GRADIENT, PIPELINE -> state(c, group, lane, length, poisoned);
                });
    }

    private Prepared activations(Op.Collective c, Communicator group, Lane lane, int length, boolean poisoned) {
        float[] in = buffers.input(c.name());
        boolean hidden = c.signals()
                .filter(e -> e.equals(OpEvents.name(OpEvents.REGATHERED)))
                .isPresent();
        float[] out = hidden ? regathered(length) : buffers.output();
        boolean inPlace = c.kind() == CollectiveKind.ALL_REDUCE;
        if (!hidden && !inPlace) {
            buffers.written();
        }
        return new Prepared(body(c, group, lane, length, in, inPlace ? in : out, poisoned), Optional.empty());
    }

    private float[] regathered(int length) {
        if (regathered.length < length) {
            regathered = new float[length];
        }
        return regathered;
    }

    private Prepared keys(Op.Collective c, Communicator group, Lane lane, int length, boolean poisoned) {
        boolean gathers = c.kind() == CollectiveKind.ALL_GATHER;
        float[] in = gathers ? buffers.input(c.name()) : buffers.keyGradients;
        float[] out = gathers ? buffers.values : buffers.valueGradients;
        return new Prepared(body(c, group, lane, length, in, out, poisoned), Optional.empty());
    }

    private Prepared state(Op.Collective c, Communicator group, Lane lane, int length, boolean poisoned) {
        if (c.kind() == CollectiveKind.ALL_GATHER) {
            float[] into = buffers.gathered.take();
            return new Prepared(body(c, group, lane, length, buffers.own(), into, poisoned), Optional.of(into));
        }
        if (length == 1) {
            one[0] = 1;
            return new Prepared(body(c, group, lane, length, one, one, poisoned), Optional.empty());
        }
        float[] bucket = buffers.handOver();
        boolean inPlace = c.kind() == CollectiveKind.ALL_REDUCE;
        float[] out = inPlace ? bucket : buffers.buckets.take();
        int reduced = inPlace ? length : Math.max(1, length / group.size());
        LongSupplier transfer = body(c, group, lane, length, bucket, out, poisoned);
        LongSupplier body = () -> {
            long arrived = transfer.getAsLong();
            average(out, reduced, group.size());
            float[] before = buffers.gradients(out);
            if (!inPlace) {
                buffers.buckets.give(bucket);
            }
            buffers.buckets.give(before);
            return arrived;
        };
        return new Prepared(body, Optional.empty());
    }

    /** Data-parallel gradients are means, which also keeps a bucket from growing with every step. */
    private static void average(float[] x, int length, int ranks) {
        float factor = 1f / ranks;
        for (int i = 0; i < length; i++) {
            x[i] *= factor;
        }
    }

    private LongSupplier body(
            Op.Collective c, Communicator group, Lane lane, int length, float[] in, float[] out, boolean poisoned) {
        return () -> {
            if (poisoned) {
                in[0] = Float.NaN;
            }
            long arrived = group.run(lane, c.kind(), length, in, out);
            int results = c.kind() == CollectiveKind.REDUCE_SCATTER ? length / group.size() : length;
            check(c, out, results, poisoned ? in : null);
            return arrived;
        };
    }

    private void check(Op.Collective c, float[] out, int length, float @Nullable [] poisoned) {
        int found = checks || poisoned != null ? RowKernels.firstNaN(out, 0, length) : -1;
        if (found >= 0 || poisoned != null) {
            throw new RankFailedException(
                    rank,
                    c.name(),
                    "NaN " + (found >= 0 ? "in element " + found + " of " + length + " of the result" : "in its input")
                            + " of " + c.kind().label() + " over " + c.group().label() + " ranks");
        }
    }

    /** A copy of the activations for a neighbouring stage. */
    float[] message(Op.SendReceive t, Optional<Fault.Kind> fault) {
        int length = OpSizes.floats(t.bytes());
        if (fault.isPresent() && fault.get() == Fault.Kind.RESIZE) {
            length = Math.max(1, length / 2);
        }
        float[] copy = new float[length];
        System.arraycopy(buffers.input(t.name()), 0, copy, 0, length);
        if (fault.isPresent() && fault.get() == Fault.Kind.NAN) {
            copy[0] = Float.NaN;
        }
        control.lane(rank, StreamKind.PIPELINE).moved(4L * length);
        return copy;
    }

    /** Takes over what a neighbouring stage sent. */
    void receive(Op.SendReceive t, int from, float[] message) {
        int expected = OpSizes.floats(t.bytes());
        if (message.length != expected) {
            throw new RankFailedException(
                    rank,
                    t.name(),
                    "rank " + from + " sent " + 4L * message.length + " bytes where " + 4L * expected
                            + " are expected; both ends must agree on the size");
        }
        int found = checks ? RowKernels.firstNaN(message, 0, expected) : -1;
        if (found >= 0) {
            throw new RankFailedException(
                    rank, t.name(), "NaN in element " + found + " of the message from rank " + from);
        }
        System.arraycopy(message, 0, buffers.received(), 0, expected);
    }
}
