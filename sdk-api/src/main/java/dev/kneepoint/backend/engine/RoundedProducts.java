package dev.kneepoint.backend.engine;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Operands;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import java.util.ArrayList;
import java.util.List;

/** Products of operands that are converted one after the other, for kernels that have nothing better. */
final class RoundedProducts {
    private RoundedProducts() {}

    /** As {@link DeviceKernels#roundedMatmul} says. */
    static DeviceEvent[] enqueue(
            DeviceKernels kernels,
            DeviceQueue queue,
            Product product,
            At a,
            At b,
            At c,
            Operands operands,
            DeviceEvent[] waits) {
        At left = whole(operands.left());
        At right = whole(operands.right());
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
