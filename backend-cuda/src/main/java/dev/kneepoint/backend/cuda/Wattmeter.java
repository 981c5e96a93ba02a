package dev.kneepoint.backend.cuda;

import java.util.OptionalDouble;

/** Power of the first board from now until it is stopped. That NVML fails is no reason to lose the time measured beside. */
final class Wattmeter implements AutoCloseable {
    private final BoardMeter meter;
    private boolean works;

    Wattmeter(Boards boards) {
        meter = boards.meter(1);
        try {
            meter.begin();
            works = true;
        } catch (CudaException e) {
            works = false;
        }
    }

    /** Mean power, W; empty if nobody measured it. To be called once. */
    OptionalDouble stop() {
        if (!works) {
            return OptionalDouble.empty();
        }
        works = false;
        try {
            meter.end();
            return meter.watts();
        } catch (CudaException e) {
            return OptionalDouble.empty();
        }
    }

    @Override
    public void close() {
        meter.close();
    }
}
