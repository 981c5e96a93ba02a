package dev.kneepoint.profile;

/**
 * The fitted behaviour of a cluster's hardware: its devices and its network. Immutable.
 *
 * @param device how the devices perform
 * @param network how the scale-out network performs
 */
public record HardwareProfile(DeviceProfile device, NetworkProfile network) {
    /**
     * A name for provenance.
     *
     * @return for example {@code hopper+infiniband}
     */
    public String name() {
        return device.name() + "+" + network.name();
    }
}
