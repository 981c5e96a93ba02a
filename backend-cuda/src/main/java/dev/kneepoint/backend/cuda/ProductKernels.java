package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import java.util.Optional;

/** Multiplies matrices by cuBLAS where there is one, else by our own kernels, on tensor cores where there are some. */
final class ProductKernels {
    private static final int TILE = 64;
    private static final int TENSOR_TILE = 128;

    private final CudaDeviceInfo info;
    private final KernelTable kernels;
    private final boolean tensorFloat;

    /**
     * Products on a device.
     *
     * @param tensorFloat whether cuBLAS may take single precision to TF32
     */
    ProductKernels(CudaDeviceInfo info, KernelTable kernels, boolean tensorFloat) {
        this.info = info;
        this.kernels = kernels;
        this.tensorFloat = tensorFloat;
    }

    /** Puts products on the stream of a command. */
    void enqueue(CudaQueue queue, Product p, At a, At b, At c) {
        DataType type = a.buffer().type();
        Optional<Cublas> cublas = suitsCublas(type) ? queue.blas().cublas() : Optional.empty();
        if (cublas.isPresent()) {
            cublas.get()
                    .matmul(
                            new GemmShape(p.rows(), p.columns(), p.inner(), p.count()),
                            type(type),
                            p.scale(),
                            CudaBuffer.address(a),
                            CudaBuffer.address(b),
                            CudaBuffer.address(c));
            return;
        }
        enqueueOwn(queue, p, a, b, c);
    }

    /** The same by our own kernels, whether there is cuBLAS or not. */
    void enqueueOwn(CudaQueue queue, Product p, At a, At b, At c) {
        DataType type = a.buffer().type();
        boolean tensor = info.hasTensorCores() && type != DataType.FP32;
        CudaKernel kernel = tensor
                ? kernels.get(PtxModule.TENSOR, "tensor_matmul", type)
                : kernels.get(PtxModule.MATMUL, "matmul", type);
        for (int from = 0; from < p.count(); from += Grid.MOST) {
            int count = Math.min(Grid.MOST, p.count() - from);
            queue.launch(
                    kernel,
                    GridSizes.tiles(p.rows(), p.columns(), count, tensor ? TENSOR_TILE : TILE),
                    plus(a, from, p.left() / p.count()),
                    plus(b, from, p.right() / p.count()),
                    plus(c, from, p.result() / p.count()),
                    p.rows(),
                    p.columns(),
                    p.inner(),
                    p.scale());
        }
    }

    private static At plus(At array, int products, int elements) {
        return new At(array.buffer(), array.from() + (long) products * elements);
    }

    /** BF16 needs tensor cores that take it. */
    private boolean suitsCublas(DataType type) {
        return type != DataType.BF16 || info.hasTensorCores();
    }

    private GemmType type(DataType type) {
        return switch (type) {
            case FP32 -> tensorFloat ? GemmType.TF32 : GemmType.F32;
            case BF16 -> GemmType.BF16;
            case FP16 -> GemmType.F16;
            case E4M3, E5M2, FP64, INT8, UINT8, INT32, UINT32, INT64, UINT64 ->
                throw new IllegalArgumentException("products of " + type + " are not computed as they are");
        };
    }
}
