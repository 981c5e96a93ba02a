package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Where a rank runs. Immutable.
 *
 * @param node number of its host among those of the group, from 0 in order of their first rank
 * @param host name of the host
 * @param device number of its device on the host, from 0; ranks that share a device have the same
 * @param name of the device
 * @since 0.2
 */
@Incubating
public record RankPlace(int node, String host, int device, String name) {
    private static final int MOST = 1 << 20;

    /** Checks the ranges. */
    public RankPlace {
        Checks.range("node", node, 0, MOST);
        Checks.range("device", device, 0, MOST);
        Checks.notBlank("host", host);
        Checks.notBlank("device name", name);
    }
}
