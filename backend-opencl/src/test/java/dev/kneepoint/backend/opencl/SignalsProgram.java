package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM makes of its own signals once OpenCL is loaded: a division by zero, and two null checks at once, both in
 * compiled code. Run by {@link SignalHandlersTest}.
 */
public final class SignalsProgram {
    private static final int THREADS = 2;
    /** Enough for the compiler to trust the signal with the check. */
    private static final int WARMUP = 20_000;

    private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final class Box {
        int content;
    }

    private static volatile int zero;
    private static volatile int result;
    private static volatile long meeting;

    @Nullable
    private static Box none;

    private SignalsProgram() {}

    /** Divides after discovery, looks at nothing from two threads in the same moment, and divides again after a kernel. */
    public static void main(String[] arguments) throws InterruptedException {
        CountDownLatch warm = new CountDownLatch(THREADS);
        CountDownLatch found = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> meet(warm, found));
            thread.start();
            threads.add(thread);
        }
        warm.await();
        System.out.println(new OpenClBackendProvider().availability());
        System.out.println("discovered, " + divide());
        meeting = System.nanoTime() + AHEAD_NANOS;
        found.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("alive");
        try (Backend backend = new OpenClBackendProvider().open(Map.of())) {
            backend.numerics().orElseThrow().softmax(new float[] {1, 2}, 2);
        }
        System.out.println("computed, " + divide());
    }

    /** Sleeps through the discovery: a thread that runs compiled code takes the first signal alone. */
    private static void meet(CountDownLatch warm, CountDownLatch found) {
        for (int i = 0; i < WARMUP; i++) {
            look();
        }
        warm.countDown();
        try {
            found.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts here", e);
        }
        while (System.nanoTime() < meeting) {
            Thread.onSpinWait();
        }
        look();
    }

    private static void look() {
        try {
            result = none.content;
        } catch (NullPointerException e) {
            result = -1;
        }
    }

    private static String divide() {
        try {
            result = 1 / zero;
            return "no exception, 1 / 0 = " + result;
        } catch (ArithmeticException e) {
            return "caught " + e.getMessage();
        }
    }
}
