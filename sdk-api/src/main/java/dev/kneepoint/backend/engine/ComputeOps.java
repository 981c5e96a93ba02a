package dev.kneepoint.backend.engine;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.OpSizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Enqueues the compute ops of a rank on its buffers. Confined to the rank's thread. */
final class ComputeOps {
    private static final Optional<String> NO_FORMAT = Optional.of("on devices without the format");

    private final DeviceKernels kernels;
    private final DeviceQueue queue;
    private final RankArrays arrays;
    private final OpSizes sizes;
    private final NumberFormats formats;
    private int step;

    ComputeOps(DeviceKernels kernels, DeviceQueue queue, RankArrays arrays, RankSizes sizes) {
        this.kernels = kernels;
        this.queue = queue;
        this.arrays = arrays;
        this.sizes = sizes.sizes();
        this.formats = sizes.formats();
    }

    /** Makes what ops would otherwise make when they first run. */
    void prepare(RankProgram program) {
        for (Segment s : program.segments()) {
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    if (op instanceof Op.MemoryBound m && m.bytes() > 0) {
                        indices(m);
                    }
                }
            }
        }
    }

    private void indices(Op.MemoryBound m) {
        Rows rows = rows(m);
        switch (m.kind()) {
            case ROUTING, EMBEDDING -> arrays.indices(rows.count(), rows.count());
            case LOSS -> arrays.indices(rows.count(), rows.width());
            case NORM, ROTARY, ACTIVATION, CAST, SCORES -> {}
        }
    }

    /** Rows that a memory-bound op works on, and all its elements. */
    private record Rows(int count, int width, int elements) {}

    private Rows rows(Op.MemoryBound m) {
        int n = sizes.elements(m, m.kind() == MemoryKind.ACTIVATION ? 3 : 2);
        int width = Math.min(n, sizes.width(m.kind()));
        int count = Math.max(1, n / width);
        return new Rows(count, width, m.kind() == MemoryKind.ACTIVATION ? n : count * width);
    }

    /** Enqueues an op; the events of its kernels, none if it has nothing to do. */
    DeviceEvent[] enqueue(Op op, DeviceEvent[] waits) {
        DeviceEvent[] events = switch (op) {
            case Op.Matmul m -> multiply(m, waits);
            case Op.Attention a -> attend(a, waits);
            case Op.MemoryBound m -> memory(m, waits);
            case Op.OptimizerStep o -> optimise(o, waits);
            case Op.Collective c -> throw new IllegalArgumentException(c.name() + " is no compute op");
            case Op.SendReceive t -> throw new IllegalArgumentException(t.name() + " is no compute op");
        };
        queue.flush();
        return events;
    }

    /** Scaled by the root of the inner length, so that values keep their size from layer to layer. */
    static DeviceKernels.Product product(Op.Matmul m) {
        int inner = OpSizes.count(m.inner());
        return new DeviceKernels.Product(
                OpSizes.count(m.rows()),
                OpSizes.count(m.columns()),
                inner,
                OpSizes.count(m.count()),
                (float) (1 / Math.sqrt(inner)),
                gradient(m));
    }

    private static Gradient gradient(Op.Matmul m) {
        if (OpSizes.isInputGradient(m)) {
            return Gradient.LEFT;
        }
        return OpSizes.isWeightGradient(m) ? Gradient.RIGHT : Gradient.NONE;
    }

    /** Whether the operands of a product are rounded. */
    static boolean rounds(Op.Matmul m, NumberFormats formats, DeviceKernels kernels) {
        return keeps(m, formats, kernels).isEmpty();
    }

    /** Why they are not, after a number of products. */
    static Optional<String> keeps(Op.Matmul m, NumberFormats formats, DeviceKernels kernels) {
        return formats.rounds(m) ? kernels.keeps(product(m)) : NO_FORMAT;
    }

    private DeviceEvent[] multiply(Op.Matmul m, DeviceEvent[] waits) {
        DeviceKernels.Product product = product(m);
        boolean gradient = OpSizes.isWeightGradient(m);
        At a = whole(arrays.input());
        At b = whole(gradient ? arrays.output() : arrays.weights());
        At c = gradient ? arrays.placeInBucket(product.result()) : whole(arrays.output());
        DeviceEvent[] events = rounds(m, formats, kernels)
                ? kernels.roundedMatmul(queue, product, a, b, c, arrays.operands.orElseThrow(), waits)
                : kernels.matmul(queue, product, a, b, c, waits);
        if (!gradient) {
            arrays.written();
        }
        return events;
    }

    private DeviceEvent[] attend(Op.Attention a, DeviceEvent[] waits) {
        AttentionShape s = sizes.shape(a);
        if (!a.backward()) {
            DeviceEvent[] events = kernels.attention(
                    queue, s, arrays.input(), arrays.keys, arrays.values, arrays.output(), arrays.scratch, waits);
            arrays.written();
            return events;
        }
        DeviceEvent[] events = kernels.attentionGradient(
                queue,
                s,
                arrays.input(),
                arrays.keys,
                arrays.values,
                arrays.output(),
                arrays.third(),
                arrays.keyGradients,
                arrays.valueGradients,
                arrays.scratch,
                waits);
        arrays.thirdWritten();
        return events;
    }

    private DeviceEvent[] memory(Op.MemoryBound m, DeviceEvent[] waits) {
        if (m.bytes() == 0) {
            return waits.length == 0 ? DeviceKernels.NOTHING : new DeviceEvent[] {queue.marker(waits)};
        }
        if (m.kind() == MemoryKind.CAST && arrays.operands.isPresent()) {
            // Products that round their operands do it themselves: the op has its place in time and takes none.
            return new DeviceEvent[] {queue.marker(waits)};
        }
        Rows r = rows(m);
        DeviceEvent[] events = switch (m.kind()) {
            case NORM -> kernels.norm(queue, arrays.input(), arrays.own, arrays.output(), r.count(), r.width(), waits);
            case ROTARY -> rotary(r, waits);
            case ACTIVATION -> activation(r.elements(), waits);
            case ROUTING, EMBEDDING ->
                kernels.gatherRows(
                        queue,
                        arrays.input(),
                        arrays.indices(r.count(), r.count()),
                        arrays.output(),
                        r.count(),
                        r.width(),
                        waits);
            case CAST -> kernels.quantise(queue, arrays.input(), arrays.output(), r.elements(), arrays.scratch, waits);
            case SCORES -> kernels.softmax(queue, arrays.input(), arrays.output(), r.count(), r.width(), waits);
            case LOSS ->
                kernels.lossGradient(
                        queue,
                        arrays.input(),
                        arrays.indices(r.count(), r.width()),
                        arrays.output(),
                        r.count(),
                        r.width(),
                        waits);
        };
        arrays.written();
        return events;
    }

    private DeviceEvent[] rotary(Rows r, DeviceEvent[] waits) {
        if (r.width() % 2 == 0) {
            return kernels.rotary(queue, arrays.input(), arrays.output(), r.count(), r.count(), r.width(), waits);
        }
        return kernels.copy(queue, whole(arrays.input()), whole(arrays.output()), r.elements(), waits);
    }

    /** Gates and values are parts of one array; they overlap where it is too short for both. */
    private DeviceEvent[] activation(int elements, DeviceEvent[] waits) {
        long up = Math.min(elements, sizes.activation() - elements);
        return kernels.activation(
                queue, whole(arrays.input()), new At(arrays.input(), up), arrays.output(), elements, waits);
    }

    /** Gradients lie in a bucket, which is used over and over if there are more parameters. */
    private DeviceEvent[] optimise(Op.OptimizerStep o, DeviceEvent[] waits) {
        step++;
        long parameters = Math.max(1, Math.round(o.parameters()));
        int length = (int) Math.min(arrays.bucketLength(), parameters);
        List<DeviceEvent> events = new ArrayList<>();
        try {
            for (long at = 0; at < parameters; at += length) {
                events.addAll(List.of(kernels.adamw(
                        queue,
                        new At(arrays.parameters, at),
                        whole(arrays.gradients()),
                        new At(arrays.first, at),
                        new At(arrays.second, at),
                        (int) Math.min(length, parameters - at),
                        step,
                        events.isEmpty() ? waits : DeviceKernels.NOTHING)));
            }
        } catch (RuntimeException e) {
            // Nobody else will release the events of those before.
            DeviceEvent.release(events);
            throw e;
        }
        return events.toArray(DeviceEvent[]::new);
    }
}
