package dev.kneepoint.metrics;

import dev.kneepoint.units.Checks;

/**
 * Power and what follows from it. Device power only; node overhead is in {@link #wattsPerDeviceWithNode()}.
 *
 * @param wattsPerDevice average power of a device
 * @param wattsPerDeviceWithNode the same with the device's share of its node
 * @param joulesPerToken device energy per token
 */
public record Energy(double wattsPerDevice, double wattsPerDeviceWithNode, double joulesPerToken) {
    /** Checks the ranges. */
    public Energy {
        Checks.notNegative("wattsPerDevice", wattsPerDevice);
        Checks.notNegative("wattsPerDeviceWithNode", wattsPerDeviceWithNode);
        Checks.positive("joulesPerToken", joulesPerToken);
    }

    /**
     * The reciprocal of {@link #joulesPerToken()}.
     *
     * @return tokens per joule
     */
    public double tokensPerJoule() {
        return 1 / joulesPerToken;
    }
}
