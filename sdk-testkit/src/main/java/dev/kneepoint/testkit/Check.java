package dev.kneepoint.testkit;

/**
 * One thing that a backend must do.
 *
 * @param name what must hold, as a sentence
 * @param body throws an {@link AssertionError} if it does not
 */
record Check(String name, Body body) {
    /** The code of a check. */
    @FunctionalInterface
    interface Body {
        /** Runs it on a backend. */
        void on(Subject subject) throws Exception;
    }
}
