package dev.kneepoint.backend.engine;

/**
 * What the compute ops of one step of a rank take when they are launched one by one, and when the device is given all of
 * them as one recording: the difference is what launching costs. Without collectives and transfers. Immutable.
 *
 * @param stage the rank's pipeline stage, from 0
 * @param ops that are launched, at least 1
 * @param commands of the recording, at least 1
 * @param launched a step by launches
 * @param replayed a step by the recording
 */
public record LaunchCost(int stage, int ops, long commands, Times launched, Times replayed) {
    /**
     * What a step takes where one follows the other.
     *
     * @param hostSeconds of the thread that enqueues it, waits for room on the queue included
     * @param deviceSeconds from the beginning of a step to that of the next, by the device's clock
     */
    public record Times(double hostSeconds, double deviceSeconds) {}
}
