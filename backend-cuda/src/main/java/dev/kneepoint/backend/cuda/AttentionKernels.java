package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.KernelArguments;
import dev.kneepoint.spi.AttentionShape;

/** Attention and its gradients, on tensor cores where device, type and head allow it. */
final class AttentionKernels {
    private static final int TILE = 64;
    private static final int TENSOR_TILE = 128;

    private final CudaDeviceInfo info;
    private final KernelTable kernels;

    AttentionKernels(CudaDeviceInfo info, KernelTable kernels) {
        this.info = info;
        this.kernels = kernels;
    }

    private boolean suitsTensorCores(AttentionShape s, DataType type) {
        return info.hasTensorCores() && type != DataType.FP32 && (s.headSize() == 64 || s.headSize() == 128);
    }

    /** Puts attention on the stream of a command. */
    void enqueue(CudaQueue queue, AttentionShape s, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, DeviceBuffer out) {
        boolean tensor = suitsTensorCores(s, q.type());
        queue.launch(
                tensor
                        ? kernels.get(PtxModule.TENSOR_ATTENTION, "tensor_attention_" + s.headSize(), q.type())
                        : kernels.get(PtxModule.ATTENTION, "attention", q.type()),
                GridSizes.attention(s.queries(), tensor ? TENSOR_TILE : TILE, s.heads(), s),
                KernelArguments.attention(s, q, k, v, out));
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
        boolean tensor = suitsTensorCores(s, in.queries().type());
        int tile = tensor ? TENSOR_TILE : TILE;
        Grid queryTiles = GridSizes.attention(s.queries(), tile, s.heads(), s);
        Grid keyTiles = GridSizes.attention(s.keys(), tile, s.keyValueHeads(), s);
        queue.launch(
                gradient("sums", tensor, s, in),
                queryTiles,
                KernelArguments.attention(s, in.queries(), in.keys(), in.values(), in.output(), in.sums()));
        queue.launch(
                gradient("queries", tensor, s, in),
                queryTiles,
                KernelArguments.attention(s, in.queries(), in.keys(), in.values(), in.output(), in.sums(), ofQueries));
        queue.launch(
                gradient("keys", tensor, s, in),
                keyTiles,
                KernelArguments.attention(
                        s, in.queries(), in.keys(), in.values(), in.output(), in.sums(), ofKeys, ofValues));
    }

    private CudaKernel gradient(String what, boolean tensor, AttentionShape s, Inputs in) {
        DataType type = in.queries().type();
        return tensor
                ? kernels.get(
                        PtxModule.TENSOR_ATTENTION_GRADIENT, "tensor_attention_" + what + "_" + s.headSize(), type)
                : kernels.get(PtxModule.ATTENTION, "attention_" + what, type);
    }
}
