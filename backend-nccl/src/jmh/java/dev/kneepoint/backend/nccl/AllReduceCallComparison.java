package dev.kneepoint.backend.nccl;

import java.util.Arrays;
import java.util.Locale;

/**
 * How long does an all-reduce take through our layer beside one by C? They take turns, so that what else a machine does
 * meets both, and the medians of one run are compared.
 */
public final class AllReduceCallComparison {
    private static final int WARM_UP = 20_000;

    private AllReduceCallComparison() {}

    /** Prints a line for 8 B and one for 64 MiB. */
    public static void main(String[] args) {
        compare(8, WARM_UP, 200_000);
        compare(64 << 20, 10, 500);
    }

    private static void compare(int bytes, int warmUp, int turns) {
        try (AllReduceCalls calls = new AllReduceCalls(bytes)) {
            times(calls, warmUp);
            long[][] nanos = times(calls, turns);
            System.out.printf(
                    Locale.ROOT,
                    "%d bytes: by Java %.2f us, by C %.2f us, ratio %.3f%n",
                    bytes,
                    median(nanos[0]) / 1e3,
                    median(nanos[1]) / 1e3,
                    (double) median(nanos[0]) / median(nanos[1]));
        }
    }

    private static long[][] times(AllReduceCalls calls, int turns) {
        long[][] nanos = new long[2][turns];
        for (int i = 0; i < turns; i++) {
            long start = System.nanoTime();
            calls.byJava();
            long middle = System.nanoTime();
            calls.byC();
            nanos[0][i] = middle - start;
            nanos[1][i] = System.nanoTime() - middle;
        }
        return nanos;
    }

    private static long median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }
}
