package dev.kneepoint.backend.cuda;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Takes samples on a daemon thread of its own. */
final class SamplingThread implements Sampler.Running {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;

    SamplingThread(Duration period, Runnable sample) {
        thread = Thread.ofPlatform().daemon().name("nvml-sampler").start(() -> {
            while (!Uninterruptibles.awaitUninterruptibly(ended, period)) {
                sample.run();
            }
        });
    }

    @Override
    public void stop() {
        ended.countDown();
        Uninterruptibles.joinUninterruptibly(thread);
    }
}
