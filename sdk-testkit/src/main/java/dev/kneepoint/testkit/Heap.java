package dev.kneepoint.testkit;

import java.util.concurrent.TimeUnit;

/** Looks at the heap, to find memory that a backend keeps. */
final class Heap {
    /** What the JVM's own profiles and caches may grow by meanwhile. */
    private static final long SLACK_BYTES = 16L << 20;

    private static final int LOOKS = 5;

    private Heap() {}

    /** Smallest of several looks: one collection may leave what the next one finds. */
    static long used() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(20);
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    /** Fails if more than the slack is used than before. */
    static void backTo(long before, String after) throws InterruptedException {
        long grown = used() - before;
        Expect.that(grown <= SLACK_BYTES, after + " grew the heap by " + grown + " bytes, more than " + SLACK_BYTES);
    }
}
