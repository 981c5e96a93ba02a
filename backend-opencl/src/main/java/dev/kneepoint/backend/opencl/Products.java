package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.opencl.ClKernels.At;
import dev.kneepoint.backend.opencl.ClKernels.Product;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/** How a rank multiplies matrices, whose arrays are of floats. */
@FunctionalInterface
interface Products {
    /** Enqueues products as {@link ClKernels#matmul} does. */
    cl_event[] multiply(cl_command_queue queue, Product product, At a, At b, At c, cl_event... waits);
}
