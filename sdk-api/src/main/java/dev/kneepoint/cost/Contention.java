package dev.kneepoint.cost;

import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.Scenario;

/**
 * How fast things run beside each other, as shares of their speed alone.
 *
 * @param kernel a kernel beside a background transfer
 * @param collective a background transfer beside a kernel
 * @param gradient a gradient reduction beside a kernel
 */
public record Contention(double kernel, double collective, double gradient) {
    private static final double SLOWEST = 0.02;

    /**
     * The rates of a scenario.
     *
     * @param scenario the scenario
     * @return the rates
     */
    public static Contention of(Scenario scenario) {
        var device = scenario.hardware().device();
        double beside = Math.max(SLOWEST, 1 - device.collectiveContention());
        return new Contention(
                Math.max(SLOWEST, 1 - device.computeContention()),
                beside,
                Math.max(SLOWEST, Math.min(beside, scenario.stack().overlap().gradientRate())));
    }

    /**
     * Rate of a background transfer.
     *
     * @param stream ordinal of its stream
     * @param besideKernel whether a kernel runs
     * @param sharers background transfers on the same links, itself included
     * @return share of its speed alone
     */
    public double background(int stream, boolean besideKernel, int sharers) {
        double rate = !besideKernel ? 1 : stream == StreamKind.GRADIENT.ordinal() ? gradient : collective;
        return rate / sharers;
    }
}
