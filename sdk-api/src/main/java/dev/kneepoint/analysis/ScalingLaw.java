package dev.kneepoint.analysis;

import java.util.OptionalDouble;

/**
 * Throughput as a function of size, {@code X(N) = rate*N / (1 + contention*(N-1) + coherency*N*(N-1))}: Gunther's
 * Universal Scalability Law (Guerrilla Capacity Planning, 2007), or Amdahl's law where the coherency is zero. N counts in
 * units of {@link #unit()} devices.
 *
 * @param unit devices that count as one: the smallest size of the fit
 * @param rate throughput of one unit, tokens per second
 * @param contention serial share, 0..1
 * @param coherency cost of pairwise exchange, at least 0
 * @param worstResidual largest relative difference between a point and the law
 */
public record ScalingLaw(int unit, Interval rate, Interval contention, Interval coherency, double worstResidual) {
    /**
     * Throughput by the law.
     *
     * @param devices any number of devices
     * @return tokens per second
     */
    public double tokensPerSecond(double devices) {
        double n = devices / unit;
        return rate.value() * n / (1 + contention.value() * (n - 1) + coherency.value() * n * (n - 1));
    }

    /**
     * The size beyond which throughput falls.
     *
     * @return {@code sqrt((1 - contention) / coherency)} units in devices; empty if throughput never falls
     */
    public OptionalDouble peakDevices() {
        return coherency.value() > 0 && contention.value() < 1
                ? OptionalDouble.of(unit * Math.sqrt((1 - contention.value()) / coherency.value()))
                : OptionalDouble.empty();
    }

    /**
     * What throughput tends to without coherency cost.
     *
     * @return tokens per second, {@code rate / contention}; empty if there is a coherency cost or no contention
     */
    public OptionalDouble limitTokensPerSecond() {
        return coherency.value() == 0 && contention.value() > 0
                ? OptionalDouble.of(rate.value() / contention.value())
                : OptionalDouble.empty();
    }
}
