package dev.kneepoint.metrics;

/**
 * One op instance on a stream of a rank. Times are picoseconds since the start of the step.
 *
 * @param name the op
 * @param stream the plan's stream name
 * @param startPicos start
 * @param endPicos end, not before the start
 * @param compute true for a kernel, false for a transfer
 */
public record Span(String name, String stream, long startPicos, long endPicos, boolean compute) {
    /** Checks the order. */
    public Span {
        if (startPicos < 0 || endPicos < startPicos) {
            throw new IllegalArgumentException("span '" + name + "' ends before it starts or starts before the step");
        }
    }
}
