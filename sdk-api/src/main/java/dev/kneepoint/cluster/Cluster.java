package dev.kneepoint.cluster;

import dev.kneepoint.units.Checks;

/**
 * Any number of equal nodes on one fabric. Immutable.
 *
 * @param name for example {@code dgx-h100}
 * @param node the host
 * @param fabric the links
 * @param pricePerDeviceHour US dollars per device and hour; overridable by the study
 * @param priceNote date and origin of the price, printed beside every cost
 * @param maxDevices the largest number of devices that there are of it, at most 2^20
 */
public record Cluster(
        String name, Node node, Fabric fabric, double pricePerDeviceHour, String priceNote, int maxDevices) {
    /** Checks the ranges. */
    public Cluster {
        Checks.notBlank("cluster name", name);
        Checks.notNegative("pricePerDeviceHour", pricePerDeviceHour);
        Checks.range("maxDevices", maxDevices, 1, 1 << 20);
    }

    /**
     * The device of every node.
     *
     * @return the accelerator
     */
    public Accelerator accelerator() {
        return node.accelerator();
    }

    /**
     * The same cluster at another price.
     *
     * @param usdPerDeviceHour US dollars per device and hour
     * @param note date and origin of the price
     * @return the changed cluster
     */
    public Cluster withPrice(double usdPerDeviceHour, String note) {
        return new Cluster(name, node, fabric, usdPerDeviceHour, note, maxDevices);
    }
}
