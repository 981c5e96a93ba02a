package dev.kneepoint.samples.cli;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.kneepoint.spi.CancellationToken;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Cancels a part of a check when its time is up, or when the whole of it is interrupted. */
final class PartClock implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final CancellationToken token = CancellationToken.create();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Duration most;

    PartClock(Duration most) {
        this.most = most;
        long end = System.nanoTime() + most.toNanos();
        Thread.ofPlatform().daemon().name("part-clock").start(() -> watch(end));
    }

    private void watch(long end) {
        while (!Uninterruptibles.awaitUninterruptibly(over, LOOK)) {
            if (System.nanoTime() >= end || Interrupts.token().isCancelled()) {
                token.cancel();
            }
        }
    }

    Duration most() {
        return most;
    }

    CancellationToken token() {
        return token;
    }

    @Override
    public void close() {
        over.countDown();
    }
}
