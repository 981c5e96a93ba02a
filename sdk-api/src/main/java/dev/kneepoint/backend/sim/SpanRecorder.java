package dev.kneepoint.backend.sim;

/** Hears of every op that ran; does nothing unless spans were asked for. */
interface SpanRecorder {
    /**
     * An op ran.
     *
     * @param name the op
     * @param stream ordinal of its stream
     * @param start picoseconds since the start of the step
     * @param end picoseconds since the start of the step
     * @param kernel false for a transfer
     */
    void span(String name, int stream, long start, long end, boolean kernel);
}
