package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Operands;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import dev.kneepoint.backend.engine.Gradient;
import java.util.Optional;

/**
 * Products of FP8 on tensor cores, by cuBLASLt. Both operands are cast first, weights and activations to E4M3, gradients to
 * E5M2, with one scale for all of an array: its largest magnitude becomes the largest of the format. The right one is turned on the way, since tensor cores take FP8 along the
 * inner dimension only. Several products in one are cast together and multiplied in turn.
 */
final class Fp8Products implements AutoCloseable {
    /** What the search for the largest magnitude leaves, then the scales of both operands. */
    static final long SCRATCH = GridSizes.MOST_SEARCHERS + 2;

    private static final Optional<String> NO_PIECES =
            Optional.of("whose columns or inner length are no multiples of " + Fp8Shape.MULTIPLE);
    private static final Optional<String> TOO_LONG = Optional.of("too long to be turned");
    private static final Optional<String> NO_ALGORITHM = Optional.of("that cuBLASLt has no algorithm for");

    private final Fp8Algorithms algorithms;
    private final KernelTable kernels;
    private final GridSizes grids;

    Fp8Products(CudaDevice device, KernelTable kernels, GridSizes grids) {
        this.algorithms = new Fp8Algorithms(device);
        this.kernels = kernels;
        this.grids = grids;
    }

    /** Why there are no such products of a shape, after a number of them; empty if there are. */
    Optional<String> keeps(Product p) {
        if (p.columns() % Fp8Shape.MULTIPLE != 0 || p.inner() % Fp8Shape.MULTIPLE != 0) {
            return NO_PIECES;
        }
        if ((long) p.count() * p.inner() > (long) Grid.MOST * GridSizes.TURNED_ROWS) {
            return TOO_LONG;
        }
        return algorithms.has(shape(p)) ? Optional.empty() : NO_ALGORITHM;
    }

    /** Turned together, a row holds the columns of all products one after the other. */
    private static Fp8Shape shape(Product p) {
        return new Fp8Shape(
                p.rows(),
                p.columns(),
                p.inner(),
                p.count() * p.inner(),
                p.gradient() == Gradient.LEFT ? Fp8Type.E5M2 : Fp8Type.E4M3,
                p.gradient() == Gradient.RIGHT ? Fp8Type.E5M2 : Fp8Type.E4M3,
                Fp8Shape.Output.BF16,
                false);
    }

    /** Puts casts and products on the stream of a command. */
    void enqueue(CudaQueue queue, Product p, At a, At b, At c, Operands operands) {
        Fp8Shape shape = shape(p);
        CublasLt lt = queue.blas().lt().orElseThrow();
        DeviceBuffer scratch = operands.scratch();
        At leftScale = new At(scratch, GridSizes.MOST_SEARCHERS);
        At rightScale = new At(scratch, GridSizes.MOST_SEARCHERS + 1);
        // The second search may write over what the first has found: it has been read by then.
        cast(queue, shape.left(), a, operands.left(), scratch, leftScale, p.left());
        turn(queue, shape.right(), b, operands.right(), scratch, rightScale, p.count() * p.inner(), p.columns());
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

    /** What E4M3 leaves of so many values, in the type that they have. */
    void quantise(CudaQueue queue, DeviceBuffer x, DeviceBuffer out, int length, DeviceBuffer scratch) {
        Grid search = search(queue, DeviceKernels.whole(x), scratch, length);
        queue.launch(
                kernels.get(PtxModule.ELEMENTS, "quantise", x.type()),
                grids.elements(length, x.type().bytes()),
                x,
                scratch,
                search.x(),
                out,
                (long) length);
    }

    private void cast(
            CudaQueue queue, Fp8Type type, At x, DeviceBuffer to, DeviceBuffer scratch, At scale, int length) {
        Grid search = search(queue, x, scratch, length);
        queue.launch(
                kernels.get(PtxModule.CASTS, type.cast(), x.buffer().type()),
                grids.elements(length, x.buffer().type().bytes()),
                x,
                scratch,
                search.x(),
                to,
                scale,
                (long) length);
    }

    private void turn(
            CudaQueue queue,
            Fp8Type type,
            At x,
            DeviceBuffer to,
            DeviceBuffer scratch,
            At scale,
            int rows,
            int columns) {
        Grid search = search(queue, x, scratch, rows * columns);
        queue.launch(
                kernels.get(PtxModule.CASTS, type.castTurned(), x.buffer().type()),
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

    @Override
    public void close() {
        algorithms.close();
    }
}
