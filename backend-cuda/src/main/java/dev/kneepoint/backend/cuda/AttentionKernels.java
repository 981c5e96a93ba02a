package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.spi.AttentionShape;
import java.util.Optional;

/** Attention and its gradients, on tensor cores where device, type and head allow it. */
final class AttentionKernels {
    private static final int TILE = 64;
    private static final int TENSOR_QUERIES = 128;

    private final CudaDeviceInfo info;
    private final KernelTable kernels;

    AttentionKernels(CudaDeviceInfo info, KernelTable kernels) {
        this.info = info;
        this.kernels = kernels;
    }

    /** Single-precision elements of scratch: two numbers of every query for the gradients. */
    static long scratch(AttentionShape shape, boolean backward) {
        return backward ? Math.multiplyExact(2L * shape.sequences() * shape.heads(), shape.queries()) : 1;
    }

    /** Arrays, then the shape, then the factor of the scores. */
    private static Object[] arguments(AttentionShape shape, DeviceBuffer... arrays) {
        Object[] all = new Object[arrays.length + 9];
        System.arraycopy(arrays, 0, all, 0, arrays.length);
        int at = arrays.length;
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

    /** Puts attention on the stream of a command. */
    void enqueue(CudaQueue queue, AttentionShape s, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, DeviceBuffer out) {
        Optional<CudaKernel> tensor = tensor(s, q.type());
        queue.launch(
                tensor.orElseGet(() -> kernels.get(PtxModule.ATTENTION, "attention", q.type())),
                GridSizes.attention(s.queries(), tensor.isPresent() ? TENSOR_QUERIES : TILE, s.heads(), s),
                arguments(s, q, k, v, out));
    }

    private Optional<CudaKernel> tensor(AttentionShape s, DataType type) {
        boolean suits = info.hasTensorCores() && type != DataType.FP32 && (s.headSize() == 64 || s.headSize() == 128);
        return suits
                ? Optional.of(kernels.get(PtxModule.TENSOR_ATTENTION, "tensor_attention_" + s.headSize(), type))
                : Optional.empty();
    }

    /**
     * What the gradients are made of and where they go.
     *
     * @param queries queries
     * @param keys keys
     * @param values values
     * @param output gradient of the output
     * @param sums scratch
     */
    record Inputs(
            DeviceBuffer queries, DeviceBuffer keys, DeviceBuffer values, DeviceBuffer output, DeviceBuffer sums) {}

    /** Puts the gradients on the stream of a command. */
    void enqueueGradient(
            CudaQueue queue,
            AttentionShape s,
            Inputs in,
            DeviceBuffer ofQueries,
            DeviceBuffer ofKeys,
            DeviceBuffer ofValues) {
        Grid queryTiles = GridSizes.attention(s.queries(), TILE, s.heads(), s);
        Grid keyTiles = GridSizes.attention(s.keys(), TILE, s.keyValueHeads(), s);
        DataType type = in.queries().type();
        queue.launch(
                kernels.get(PtxModule.ATTENTION, "attention_sums", type),
                queryTiles,
                arguments(s, in.queries(), in.keys(), in.values(), in.output(), in.sums()));
        queue.launch(
                kernels.get(PtxModule.ATTENTION, "attention_queries", type),
                queryTiles,
                arguments(s, in.queries(), in.keys(), in.values(), in.output(), in.sums(), ofQueries));
        queue.launch(
                kernels.get(PtxModule.ATTENTION, "attention_keys", type),
                keyTiles,
                arguments(s, in.queries(), in.keys(), in.values(), in.output(), in.sums(), ofKeys, ofValues));
    }
}
