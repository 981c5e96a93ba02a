package dev.kneepoint.backend.cuda;

import java.time.Duration;

/** Takes samples again and again. */
interface Sampler {
    /** Starts to take samples. */
    Running start(Runnable sample);

    /** Samples that are being taken. */
    interface Running {
        /** Ends them: when it returns none is taken, and none will be. */
        void stop();
    }

    /**
     * Samples on a daemon thread.
     *
     * @param period between the end of a sample and the next
     */
    static Sampler every(Duration period) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("samples need a positive period, not " + period);
        }
        return sample -> new SamplingThread(period, sample);
    }
}
