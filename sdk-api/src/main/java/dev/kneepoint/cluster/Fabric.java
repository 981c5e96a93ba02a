package dev.kneepoint.cluster;

import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.Checks;

/**
 * The links between devices: a scale-up domain (an NVSwitch node, or a whole NVL72 rack) inside, a scale-out network
 * between domains. Immutable.
 *
 * @param scaleUpDomain devices that reach each other over the scale-up links, 1 to 1,024
 * @param scaleUpBandwidth scale-up rate of one device, per direction
 * @param network family of the scale-out network
 * @param networkBandwidthPerDevice share of the node's network adapters that falls to one device, per direction
 * @param oversubscription how many times the leaf uplinks are oversubscribed; 1 for a full-bisection fabric
 */
public record Fabric(
        int scaleUpDomain,
        BytesPerSecond scaleUpBandwidth,
        NetworkKind network,
        BytesPerSecond networkBandwidthPerDevice,
        double oversubscription) {
    /** Checks the ranges. */
    public Fabric {
        Checks.range("scaleUpDomain", scaleUpDomain, 1, 1024);
        Checks.positive("scaleUpBandwidth", scaleUpBandwidth.value());
        Checks.positive("networkBandwidthPerDevice", networkBandwidthPerDevice.value());
        if (!(oversubscription >= 1 && oversubscription <= 1000)) {
            throw new IllegalArgumentException(
                    "oversubscription must be between 1 (none) and 1000, not " + oversubscription);
        }
    }
}
