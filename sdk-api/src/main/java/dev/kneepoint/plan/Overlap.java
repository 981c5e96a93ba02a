package dev.kneepoint.plan;

/** What a transfer is meant to run beside. How far it succeeds is the software stack's. */
public enum Overlap {
    /**
     * The next op needs it: it starts after every compute op issued before it and ends before any issued after it, but
     * for what the stack hides. This order needs no event.
     */
    BLOCKING,
    /** Issued ahead of need; who needs it waits for its event. */
    PREFETCHED,
    /**
     * Behind compute by construction: it starts after every compute op issued before it; who needs it waits for its
     * event.
     */
    HIDDEN
}
