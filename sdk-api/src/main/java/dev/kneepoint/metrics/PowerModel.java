package dev.kneepoint.metrics;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.profile.PowerCurve;

/**
 * Average power from the classes of time: each class draws its share of the device's power limit (see
 * {@link PowerCurve}). A collective on all channels draws nearly as much as compute, which is why power hardly falls
 * while throughput does (arXiv 2411.13055).
 */
public final class PowerModel {
    private PowerModel() {}

    /**
     * Energy of a step.
     *
     * @param parts classes of time, mean over the ranks
     * @param curve power by activity
     * @param cluster the device's limit and the node's overhead
     * @param tokensPerSecondPerDevice rate that the energy is divided by
     * @return power and energy
     */
    public static Energy of(TimeParts parts, PowerCurve curve, Cluster cluster, double tokensPerSecondPerDevice) {
        double weighted = curve.compute() * parts.compute()
                + curve.communication() * parts.exposedCommunication()
                + curve.waiting() * (parts.bubble() + parts.straggler() + parts.launch())
                + curve.idle() * parts.idle();
        return measured(
                cluster.accelerator().power().value() * weighted / parts.total(), cluster, tokensPerSecondPerDevice);
    }

    /**
     * Energy of a step whose power is known.
     *
     * @param watts mean power of a device, W
     * @param cluster the node's overhead
     * @param tokensPerSecondPerDevice rate that the energy is divided by
     * @return power and energy
     */
    public static Energy measured(double watts, Cluster cluster, double tokensPerSecondPerDevice) {
        double node = cluster.node().overhead().value() / cluster.node().devices();
        return new Energy(watts, watts + node, watts / tokensPerSecondPerDevice);
    }
}
