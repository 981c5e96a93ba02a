package dev.kneepoint.testkit;

import java.util.concurrent.TimeUnit;

/** Counts live threads, to find those that a backend leaves behind. */
final class Threads {
    private static final int LOOKS = 100;

    private Threads() {}

    static int count() {
        return Thread.getAllStackTraces().size();
    }

    /** Fails unless there are soon no more threads than before; the JVM's own may come and go. */
    static void backTo(int before) throws InterruptedException {
        for (int i = 0; i < LOOKS; i++) {
            if (count() <= before) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new AssertionError(count() + " threads, before there were " + before + ": "
                + Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .sorted()
                        .toList());
    }
}
