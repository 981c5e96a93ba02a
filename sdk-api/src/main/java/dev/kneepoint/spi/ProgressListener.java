package dev.kneepoint.spi;

/** Hears how far work has come. Called from the working thread; must return quickly and not throw. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * A listener that ignores everything.
     *
     * @return the listener
     */
    static ProgressListener none() {
        return (done, total, what) -> {};
    }

    /**
     * Work has come on.
     *
     * @param done units done, 0 to {@code total}
     * @param total units in all
     * @param what what was just done, for people
     */
    void progressed(int done, int total, String what);
}
