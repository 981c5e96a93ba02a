package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Product;

/** How a rank multiplies matrices, whose operands and results have the type of arrays. */
@FunctionalInterface
interface Products {
    /** Enqueues products as {@link DeviceKernels#matmul} does. */
    DeviceEvent[] multiply(DeviceQueue queue, Product product, At a, At b, At c, DeviceEvent... waits);
}
