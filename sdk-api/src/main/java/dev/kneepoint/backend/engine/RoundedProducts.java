package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import java.util.ArrayList;
import java.util.List;

/**
 * Products whose operands are rounded first, into buffers of their own, since everything else computes on another type.
 * Confined to a rank's thread.
 */
final class RoundedProducts implements Products {
    /**
     * Where operands are rounded to; each product overwrites those of the one before.
     *
     * @param left as long as the largest left operand
     * @param right the same for right operands
     */
    record Operands(DeviceBuffer left, DeviceBuffer right) {}

    private final DeviceKernels kernels;
    private final At left;
    private final At right;

    RoundedProducts(DeviceKernels kernels, Operands operands) {
        this.kernels = kernels;
        this.left = DeviceKernels.whole(operands.left());
        this.right = DeviceKernels.whole(operands.right());
    }

    @Override
    public DeviceEvent[] multiply(DeviceQueue queue, Product product, At a, At b, At c, DeviceEvent... waits) {
        List<DeviceEvent> events = new ArrayList<>();
        try {
            events.addAll(List.of(kernels.convert(queue, a, left, product.left(), waits)));
            events.addAll(List.of(kernels.convert(queue, b, right, product.right())));
            events.addAll(List.of(kernels.matmul(queue, product, left, right, c)));
        } catch (RuntimeException e) {
            // Nobody else will release the events of those before.
            DeviceEvent.release(events);
            throw e;
        }
        return events.toArray(DeviceEvent[]::new);
    }
}
