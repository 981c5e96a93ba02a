package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Operands;
import dev.kneepoint.backend.engine.DeviceKernels.Product;

/**
 * Products of E4M3 on tensor cores, by cuBLASLt. Both operands are cast first, with one scale for all of an array: its
 * largest magnitude becomes the largest of E4M3. The right one is turned on the way, since tensor cores take FP8 along the
 * inner dimension only. Several products in one are cast together and multiplied in turn.
 */
final class Fp8Products {
    /** What the search for the largest magnitude leaves, then the scales of both operands. */
    static final long SCRATCH = GridSizes.MOST_SEARCHERS + 2;

    private final KernelTable kernels;
    private final GridSizes grids;

    Fp8Products(KernelTable kernels, GridSizes grids) {
        this.kernels = kernels;
        this.grids = grids;
    }

    /** Whether there are such products of a shape. */
    static boolean suits(Product p) {
        return p.columns() % Fp8Shape.MULTIPLE == 0
                && p.inner() % Fp8Shape.MULTIPLE == 0
                && (long) p.count() * p.inner() <= (long) Grid.MOST * GridSizes.TURNED_ROWS;
    }

    /** Puts casts and products on the stream of a command. */
    void enqueue(CudaQueue queue, Product p, At a, At b, At c, Operands operands) {
        CublasLt lt = queue.blas().lt().orElseThrow();
        DeviceBuffer scratch = operands.scratch();
        At leftScale = new At(scratch, GridSizes.MOST_SEARCHERS);
        At rightScale = new At(scratch, GridSizes.MOST_SEARCHERS + 1);
        // The second search may write over what the first has found: it has been read by then.
        cast(queue, a, operands.left(), scratch, leftScale, p.left());
        turn(queue, b, operands.right(), scratch, rightScale, p.count() * p.inner(), p.columns());
        // Turned together, a row holds the columns of all products one after the other.
        Fp8Shape shape =
                new Fp8Shape(p.rows(), p.columns(), p.inner(), p.count() * p.inner(), Fp8Shape.Output.BF16, false);
        for (int i = 0; i < p.count(); i++) {
            lt.matmul(
                    shape,
                    p.scale(),
                    CudaBuffer.address(new At(operands.left(), (long) i * p.rows() * p.inner())),
                    CudaBuffer.address(leftScale),
                    CudaBuffer.address(new At(operands.right(), (long) i * p.inner())),
                    CudaBuffer.address(rightScale),
                    CudaBuffer.address(new At(c.buffer(), c.from() + (long) i * p.rows() * p.columns())));
        }
    }

    private void cast(CudaQueue queue, At x, DeviceBuffer to, DeviceBuffer scratch, At scale, int length) {
        Grid search = search(queue, x, scratch, length);
        queue.launch(
                kernels.get(PtxModule.CASTS, "cast_e4m3", x.buffer().type()),
                grids.elements(length, x.buffer().type().bytes()),
                x,
                scratch,
                search.x(),
                to,
                scale,
                (long) length);
    }

    private void turn(CudaQueue queue, At x, DeviceBuffer to, DeviceBuffer scratch, At scale, int rows, int columns) {
        Grid search = search(queue, x, scratch, rows * columns);
        queue.launch(
                kernels.get(PtxModule.CASTS, "cast_transpose_e4m3", x.buffer().type()),
                GridSizes.turned(rows, columns),
                x,
                scratch,
                search.x(),
                to,
                scale,
                rows,
                columns);
    }

    private Grid search(CudaQueue queue, At x, DeviceBuffer scratch, int length) {
        Grid grid = grids.search(length, x.buffer().type().bytes());
        queue.launch(kernels.get(PtxModule.ELEMENTS, "largest", x.buffer().type()), grid, x, (long) length, scratch);
        return grid;
    }
}
