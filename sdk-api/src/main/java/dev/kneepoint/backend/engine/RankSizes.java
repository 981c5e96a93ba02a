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
 * Lengths of a rank's buffers, in elements of four bytes.
 *
 * @param sizes arrays that every backend has
 * @param scratch of attention and of quantisation
 * @param left left operands of the largest product in FP16, two to an element; 0 if products are single precision
 * @param right the same of right operands
 * @param message of a message to another stage; 0 if there are none
 * @param messages messages under way at most
 * @param staging chunks of collectives on devices without shared memory; 0 elsewhere
 * @param beside what is received beside compute; 0 if there is none
 */
record RankSizes(
        OpSizes sizes, long scratch, long left, long right, long message, int messages, long staging, long beside) {
    /** Streams that sum on a device: tensor, context, expert, shard and gradient. */
    private static final int SUMMING_STREAMS = 5;

    static RankSizes of(StepPlan plan, RankProgram program, Device device, DeviceKernels kernels, boolean direct) {
        OpSizes sizes = new OpSizes(plan, program);
        boolean half = device.multipliesInHalf(plan.scenario().workload().precision());
        long scratch = 1;
        long left = 0;
        long right = 0;
        long message = 0;
        long beside = 0;
        for (Segment s : program.segments()) {
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    scratch = Math.max(scratch, scratch(op, sizes, kernels));
                    if (half && op instanceof Op.Matmul m) {
                        left = Math.max(left, halves(ComputeOps.product(m).left()));
                        right = Math.max(right, halves(ComputeOps.product(m).right()));
                    }
                    message = op instanceof Op.SendReceive t ? Math.max(message, OpSizes.floats(t.bytes())) : message;
                    beside = Transfers.isBeside(op) ? sizes.activation() : beside;
                }
            }
        }
        int stages = plan.programs().size();
        int messages = message == 0 ? 0 : 2 * Math.min(stages + 1, plan.layout().microBatches());
        boolean alone = plan.layout().devices() == 1;
        long staging = direct || alone ? 0 : (long) SUMMING_STREAMS * CollectiveCommands.CHUNK;
        return new RankSizes(sizes, scratch, left, right, message, messages, staging, beside);
    }

    /** Elements of four bytes that hold so many of two. */
    private static long halves(int count) {
        return (count + 1L) / 2;
    }

    /** Whether products take FP16 operands. */
    boolean half() {
        return left > 0;
    }

    private static long scratch(Op op, OpSizes sizes, DeviceKernels kernels) {
        if (op instanceof Op.Attention a) {
            return kernels.attentionScratch(sizes.shape(a), a.backward());
        }
        return op instanceof Op.MemoryBound m && m.kind() == MemoryKind.CAST ? kernels.quantiseScratch() : 1;
    }

    /** Buffers by length, as many as a run usually holds: two sets of gathered weights and three of gradients. */
    Map<Long, Integer> buffers() {
        Map<Long, Integer> out = new HashMap<>();
        add(out, sizes.activation(), 4);
        add(out, sizes.weights(), 3);
        add(out, sizes.bucket(), 3);
        add(out, sizes.keys(), 4);
        add(out, sizes.parameters(), 3);
        add(out, scratch, 1);
        add(out, left, 1);
        add(out, right, 1);
        add(out, message, messages);
        add(out, beside, 1);
        add(out, CollectiveCommands.CHUNK, (int) (staging / CollectiveCommands.CHUNK));
        return out;
    }

    private static void add(Map<Long, Integer> to, long length, int count) {
        if (length > 0 && count > 0) {
            to.merge(length, count, Integer::sum);
        }
    }

    /** Bytes of all buffers together. */
    double bytes() {
        double sum = 0;
        for (Map.Entry<Long, Integer> e : buffers().entrySet()) {
            sum += (double) OpSizes.FLOAT * e.getKey() * e.getValue();
        }
        return sum;
    }

    /** Bytes of the largest buffer. */
    double largest() {
        return (double) OpSizes.FLOAT
                * buffers().keySet().stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
