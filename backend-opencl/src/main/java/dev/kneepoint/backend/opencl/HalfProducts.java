package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.opencl.ClKernels.At;
import dev.kneepoint.backend.opencl.ClKernels.Product;
import java.util.ArrayList;
import java.util.List;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/**
 * Products whose operands are rounded to FP16 first, into buffers of their own, since everything else computes on single
 * precision. Confined to a rank's thread.
 */
final class HalfProducts implements Products {
    /**
     * Where operands are rounded to; each product overwrites those of the one before.
     *
     * @param left as long as the largest left operand, in elements of two bytes
     * @param right the same for right operands
     */
    record Operands(cl_mem left, cl_mem right) {}

    private final ClKernels kernels;
    private final At left;
    private final At right;

    HalfProducts(ClKernels kernels, Operands operands) {
        this.kernels = kernels;
        this.left = ClKernels.whole(operands.left());
        this.right = ClKernels.whole(operands.right());
    }

    @Override
    public cl_event[] multiply(cl_command_queue queue, Product product, At a, At b, At c, cl_event... waits) {
        List<cl_event> events = new ArrayList<>();
        try {
            events.addAll(List.of(kernels.toHalf(queue, a, left, product.left(), waits)));
            events.addAll(List.of(kernels.toHalf(queue, b, right, product.right())));
            events.addAll(List.of(kernels.matmulHalf(queue, product, left, right, c)));
        } catch (RuntimeException e) {
            // Nobody else will release the events of those before.
            Cl.release(events);
            throw e;
        }
        return events.toArray(cl_event[]::new);
    }
}
