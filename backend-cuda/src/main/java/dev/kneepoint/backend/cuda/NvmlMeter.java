package dev.kneepoint.backend.cuda;

import com.google.common.base.Ticker;

/**
 * Measures what a device does over spans. Energy comes from the board's counter, which boards move on every 20 to 100 ms, so
 * that spans should last seconds; where there is none, from samples of power. Thread-safe; spans may overlap.
 */
final class NvmlMeter {
    private final Gauges gauges;
    private final Ticker clock;
    private final Sampler sampler;

    /**
     * A meter of a device.
     *
     * @param clock that of the spans' lengths
     * @param sampler when to look at clocks, temperature and, without a counter, power; every 20 to 50 ms is right
     */
    NvmlMeter(Gauges gauges, Ticker clock, Sampler sampler) {
        this.gauges = gauges;
        this.clock = clock;
        this.sampler = sampler;
    }

    /**
     * Starts a span.
     *
     * @throws CudaException if the device does not answer
     */
    MeterSpan start() {
        return MeterSpan.start(gauges, clock, sampler);
    }
}
