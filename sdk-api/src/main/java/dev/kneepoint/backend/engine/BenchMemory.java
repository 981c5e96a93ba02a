package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.units.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Whether a timed transfer's buffers fit the devices. */
final class BenchMemory {
    private BenchMemory() {}

    /**
     * What does not fit, before anything is allocated.
     *
     * @param ranks of the process
     * @param direct whether transfers need no memory beside
     */
    static Optional<String> problem(TransferCall call, DeviceSet devices, int ranks, boolean direct) {
        long largest = call.type().bytes() * (call.inPlace() ? call.held() : Math.max(call.sent(), call.received()));
        Map<Integer, Long> need = new HashMap<>();
        Map<Integer, Integer> users = new HashMap<>();
        for (int r = 0; r < ranks; r++) {
            Device device = devices.device(r);
            if (largest > device.allocationBytes()) {
                return Optional.of("a buffer takes " + new Bytes(largest) + ", device '" + device.name() + "' allows "
                        + new Bytes(device.allocationBytes()));
            }
            long sum = need.merge(device.memoryNumber(), BenchBuffers.bytes(call, direct), Long::sum);
            int count = users.merge(device.memoryNumber(), 1, Integer::sum);
            if (sum > device.memoryBytes()) {
                return Optional.of("the buffers of " + count + " of its ranks take " + new Bytes(sum) + ", device '"
                        + device.name() + "' has " + new Bytes(device.memoryBytes()));
            }
        }
        return Optional.empty();
    }
}
