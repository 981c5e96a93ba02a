package dev.kneepoint.profile;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * The fitted behaviour of a cluster's hardware: its devices and its network. Immutable.
 *
 * @param device how the devices perform
 * @param network how the scale-out network performs
 * @param groups collectives by shape of group, where a calibration measured them; predictions take the curves of device and
 *     network
 */
public record HardwareProfile(DeviceProfile device, NetworkProfile network, List<GroupTime> groups) {
    /** Copies the list. */
    public HardwareProfile {
        groups = ImmutableList.copyOf(groups);
    }

    /**
     * A profile without measured groups.
     *
     * @param device how the devices perform
     * @param network how the scale-out network performs
     */
    public HardwareProfile(DeviceProfile device, NetworkProfile network) {
        this(device, network, List.of());
    }

    /**
     * A name for provenance.
     *
     * @return for example {@code hopper+infiniband}
     */
    public String name() {
        return device.name() + "+" + network.name();
    }
}
