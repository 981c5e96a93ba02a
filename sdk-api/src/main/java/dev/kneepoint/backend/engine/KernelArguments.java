package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.AttentionShape;

/** What kernels of one source on several kinds of devices take, in one order. */
public final class KernelArguments {
    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.95;

    private KernelArguments() {}

    /**
     * Arguments of attention and its gradients.
     *
     * @param shape of the attention
     * @param buffers what the kernel reads and writes
     * @return the buffers, then the shape, then the factor of the scores
     */
    public static Object[] attention(AttentionShape shape, DeviceBuffer... buffers) {
        Object[] all = new Object[buffers.length + 9];
        System.arraycopy(buffers, 0, all, 0, buffers.length);
        int at = buffers.length;
        all[at++] = shape.heads();
        all[at++] = shape.keyValueHeads();
        all[at++] = shape.queries();
        all[at++] = shape.keys();
        all[at++] = shape.headSize();
        all[at++] = shape.window();
        all[at++] = shape.part();
        all[at++] = shape.parts();
        all[at] = (float) (1 / Math.sqrt(shape.headSize()));
        return all;
    }

    /**
     * Elements of attention's scratch: two numbers of every query for the gradients.
     *
     * @param shape of the attention
     * @param backward whether it is for the gradients
     * @return at least 1
     */
    public static long attentionScratch(AttentionShape shape, boolean backward) {
        return backward ? Math.multiplyExact(2L * shape.sequences() * shape.heads(), shape.queries()) : 1;
    }

    /**
     * What AdamW's first moment is multiplied by, which began at zero.
     *
     * @param step from 1
     * @return at least 1
     */
    public static float firstCorrection(int step) {
        return (float) (1 / (1 - Math.pow(FIRST_DECAY, step)));
    }

    /**
     * What AdamW's second moment is multiplied by, which began at zero.
     *
     * @param step from 1
     * @return at least 1
     */
    public static float secondCorrection(int step) {
        return (float) (1 / (1 - Math.pow(SECOND_DECAY, step)));
    }
}
