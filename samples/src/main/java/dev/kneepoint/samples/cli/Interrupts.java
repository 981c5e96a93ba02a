package dev.kneepoint.samples.cli;

import dev.kneepoint.spi.CancellationToken;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Turns Ctrl-C into a cancellation, and gives the running command a moment to end without half a file. */
final class Interrupts {
    private static final long PATIENCE_SECONDS = 5;
    private static final CancellationToken TOKEN = CancellationToken.create();
    private static final CountDownLatch FINISHED = new CountDownLatch(1);

    private Interrupts() {}

    static void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(Interrupts::await, "interrupt"));
    }

    static CancellationToken token() {
        return TOKEN;
    }

    static void finished() {
        FINISHED.countDown();
    }

    private static void await() {
        TOKEN.cancel();
        try {
            if (!FINISHED.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("kneepoint: ended before the command could finish");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
