package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.OpSizes;
import java.util.HashMap;
import java.util.Map;

/**
 * Lengths of a rank's buffers, in elements.
 *
 * @param sizes arrays that every backend has
 * @param formats what they hold
 * @param scratch of attention, of quantisation and of rounded products
 * @param left left operands of the largest rounded product; 0 if products take arrays as they are
 * @param right the same of right operands
 * @param message of a message to another stage; 0 if there are none
 * @param messages messages under way at most
 * @param chunks chunks of collectives on devices without shared memory; 0 elsewhere
 * @param beside what is received beside compute; 0 if there is none
 */
record RankSizes(
        OpSizes sizes,
        NumberFormats formats,
        long scratch,
        long left,
        long right,
        long message,
        int messages,
        int chunks,
        long beside) {
    /** Streams that sum on a device: tensor, context, expert, shard and gradient. */
    private static final int SUMMING_STREAMS = 5;

    static RankSizes of(StepPlan plan, RankProgram program, Device device, DeviceKernels kernels, boolean direct) {
        NumberFormats formats = device.formats(plan.scenario().workload().precision());
        OpSizes sizes = OpSizes.onDevice(plan, program, formats.arrays().bytes());
        long scratch = 1;
        long left = 0;
        long right = 0;
        long message = 0;
        long beside = 0;
        for (Segment s : program.segments()) {
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    scratch = Math.max(scratch, scratch(op, sizes, kernels));
                    if (op instanceof Op.Matmul m && ComputeOps.rounds(m, formats, kernels)) {
                        scratch = Math.max(scratch, kernels.roundingScratch());
                        left = Math.max(left, ComputeOps.product(m).left());
                        right = Math.max(right, ComputeOps.product(m).right());
                    }
                    message = op instanceof Op.SendReceive t ? Math.max(message, sizes.elements(t.bytes())) : message;
                    beside = Transfers.isBeside(op) ? sizes.activation() : beside;
                }
            }
        }
        int stages = plan.programs().size();
        int messages = message == 0 ? 0 : 2 * Math.min(stages + 1, plan.layout().microBatches());
        boolean alone = plan.layout().devices() == 1;
        int chunks = direct || alone ? 0 : SUMMING_STREAMS;
        return new RankSizes(sizes, formats, scratch, left, right, message, messages, chunks, beside);
    }

    private static long scratch(Op op, OpSizes sizes, DeviceKernels kernels) {
        if (op instanceof Op.Attention a) {
            return kernels.attentionScratch(sizes.shape(a), a.backward());
        }
        return op instanceof Op.MemoryBound m && m.kind() == MemoryKind.CAST ? kernels.quantiseScratch() : 1;
    }

    /** Buffers by what they hold, as many as a run usually has: two sets of gathered weights and three of gradients. */
    Map<Extent, Integer> buffers() {
        Map<Extent, Integer> out = new HashMap<>();
        DataType type = formats.arrays();
        add(out, type, sizes.activation(), 4);
        add(out, type, sizes.weights(), 3);
        add(out, type, sizes.bucket(), 3);
        add(out, type, sizes.keys(), 4);
        add(out, DataType.FP32, sizes.parameters(), 3);
        add(out, DataType.FP32, scratch, 1);
        add(out, formats.operands(), left, 1);
        add(out, formats.operands(), right, 1);
        add(out, type, message, messages);
        add(out, type, beside, 1);
        add(out, type, CollectiveCommands.CHUNK, chunks);
        return out;
    }

    private static void add(Map<Extent, Integer> to, DataType type, long length, int count) {
        if (length > 0 && count > 0) {
            to.merge(new Extent(type, length), count, Integer::sum);
        }
    }

    /** Bytes of all buffers together. */
    double bytes() {
        double sum = 0;
        for (Map.Entry<Extent, Integer> e : buffers().entrySet()) {
            sum += e.getKey().bytes() * e.getValue();
        }
        return sum;
    }

    /** Bytes of the largest buffer. */
    double largest() {
        return buffers().keySet().stream().mapToDouble(Extent::bytes).max().orElse(0);
    }
}
