package dev.kneepoint.cluster;

import dev.kneepoint.units.Checks;
import dev.kneepoint.units.Watts;

/**
 * One host with its devices. Immutable.
 *
 * @param accelerator the device
 * @param devices devices per host, 1 to 64
 * @param overhead power of everything in the host but the devices (processors, network, switches, fans) in use
 */
public record Node(Accelerator accelerator, int devices, Watts overhead) {
    /** Checks the ranges. */
    public Node {
        Checks.range("devices per node", devices, 1, 64);
    }
}
