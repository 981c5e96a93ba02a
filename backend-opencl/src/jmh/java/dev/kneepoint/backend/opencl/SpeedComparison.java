package dev.kneepoint.backend.opencl;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEngine;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.plan.PlanSample;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How far are our kernels, and the way to them, from what C reaches on the same cores? A program and no JMH benchmark: both
 * sides take turns in one process, so that what else runs on the machine hits both. Prints the median of each, the
 * quartiles of the quotient of neighbours, and the best of each, which was disturbed least.
 */
final class SpeedComparison {
    private static final int ROUNDS = 101;
    /** Until the compiler is done with the way to the driver. */
    private static final double WARM_UP_SECONDS = 4;
    private static final int SIDE = 1024;
    private static final int LENGTH = 1 << 24;
    private static final int LAUNCHES = 1000;

    private SpeedComparison() {}

    public static void main(String[] args) throws Exception {
        try (NativeRivals rivals = new NativeRivals();
                ClSession session = open(0)) {
            System.out.println(session.describe(1) + "; OpenBLAS for " + rivals.core());
            Bench bench = new Bench(session, rivals);
            bench.matmul();
            bench.triad();
            bench.launches();
            allReduce(rivals);
        }
    }

    /** The first device; see {@link ClSession#open} on cores. */
    private static ClSession open(int cores) {
        return ClSession.open(
                ClDiscovery.devices().subList(0, 1),
                cores,
                device -> TunedKernels.open(device, KernelOptions.uncached()));
    }

    private static void allReduce(NativeRivals rivals) {
        EngineOptions options = new EngineOptions("opencl", PlanSample.whole(), false, Duration.ofMinutes(1));
        try (ClSession session = open(1);
                DeviceEngine engine = new DeviceEngine(session, options);
                DeviceQueue queue = session.device(0).queue();
                DeviceArrays arrays = new DeviceArrays(session.device(0).memory(), queue)) {
            System.out.println(session.describe(2));
            Pair pair = new Pair(engine, queue, List.of(arrays.empty(LENGTH), arrays.empty(LENGTH)));
            pair.check(session.kernels(0), rivals);
            MemorySegment x = rivals.array(LENGTH, 0);
            MemorySegment y = rivals.array(LENGTH, 1);
            double size = 4e-9 * LENGTH;
            compare("all-reduce of 64 MiB over 2 devices, memcpy, GB/s", size, pair::sum, () -> rivals.copy(x, y));
            compare("the same, memcpy by two threads, GB/s", size, pair::sum, () -> rivals.copyByTwo(x, y));
        }
    }

    /** Two ranks with a buffer each. The size over the time is their bus bandwidth, and counted as memcpy's is. */
    private record Pair(DeviceEngine engine, DeviceQueue queue, List<DeviceBuffer> buffers) {
        void sum() {
            engine.allReduce(buffers, LENGTH);
        }

        /** Leaves zeros, so that sums of sums stay what they are. */
        void check(DeviceKernels kernels, NativeRivals rivals) {
            for (float[] terms : new float[][] {{1, 2}, {0, 0}}) {
                for (int r = 0; r < 2; r++) {
                    DeviceEvent.release(List.of(kernels.fill(queue, whole(buffers.get(r)), LENGTH, terms[r])));
                }
                queue.finish();
                sum();
                MemorySegment sums = rivals.array(LENGTH, terms[0] + terms[1]);
                for (DeviceBuffer buffer : buffers) {
                    same(queue.read(buffer, LENGTH), sums, 0);
                }
            }
        }
    }

    private record Bench(ClSession session, NativeRivals rivals, DeviceQueue queue) {
        Bench(ClSession session, NativeRivals rivals) {
            this(session, rivals, session.device(0).queue());
        }

        private DeviceKernels kernels() {
            return session.kernels(0);
        }

        private void finish(DeviceEvent... events) {
            queue.finish();
            DeviceEvent.release(List.of(events));
        }

        void matmul() {
            Random random = new Random(1);
            float[] a = new float[SIDE * SIDE];
            float[] b = new float[SIDE * SIDE];
            for (int i = 0; i < a.length; i++) {
                a[i] = random.nextFloat(-1, 1);
                b[i] = random.nextFloat(-1, 1);
            }
            MemorySegment x = rivals.array(a.length, 0);
            MemorySegment y = rivals.array(a.length, 0);
            MemorySegment z = rivals.array(a.length, 0);
            x.copyFrom(MemorySegment.ofArray(a));
            y.copyFrom(MemorySegment.ofArray(b));
            try (DeviceArrays arrays = new DeviceArrays(session.device(0).memory(), queue)) {
                DeviceKernels.At left = whole(arrays.of(a));
                DeviceKernels.At right = whole(arrays.of(b));
                DeviceBuffer out = arrays.empty(a.length);
                compare(
                        "matmul 1024^3, GFLOP/s",
                        2e-9 * SIDE * SIDE * SIDE,
                        () -> finish(kernels()
                                .matmul(queue, DeviceKernels.Product.of(SIDE, SIDE, SIDE), left, right, whole(out))),
                        () -> rivals.matmul(SIDE, x, y, z));
                same(arrays.read(out, a.length), z, 1e-3);
            }
        }

        void triad() {
            MemorySegment x = rivals.array(LENGTH, 0);
            MemorySegment y = rivals.array(LENGTH, 1.5f);
            MemorySegment z = rivals.array(LENGTH, 2);
            try (DeviceArrays arrays = new DeviceArrays(session.device(0).memory(), queue)) {
                DeviceBuffer a = arrays.empty(LENGTH);
                DeviceBuffer b = arrays.empty(LENGTH);
                DeviceBuffer c = arrays.empty(LENGTH);
                finish(kernels().fill(queue, whole(b), LENGTH, 1.5f));
                finish(kernels().fill(queue, whole(c), LENGTH, 2));
                compare(
                        "triad of 3 x 64 MiB, GB/s",
                        12e-9 * LENGTH,
                        () -> finish(kernels().triad(queue, a, b, c, 3, LENGTH)),
                        () -> rivals.triad(LENGTH, x, y, z, 3));
                same(arrays.read(a, LENGTH), x, 0);
            }
        }

        void launches() {
            compare(
                    "empty launches, millions/s",
                    1e-6 * LAUNCHES,
                    () -> {
                        for (int i = 0; i < LAUNCHES; i++) {
                            kernels().nothing(queue)[0].release();
                        }
                        queue.finish();
                    },
                    () -> rivals.launches(LAUNCHES));
        }
    }

    /** Both must have computed the same. */
    private static void same(float[] ours, MemorySegment theirs, double tolerance) {
        for (int i = 0; i < ours.length; i++) {
            float other = theirs.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            if (!(Math.abs(ours[i] - other) <= tolerance)) {
                throw new AssertionError("element " + i + " is " + ours[i] + " here and " + other + " in C");
            }
        }
    }

    private static double seconds(Runnable body) {
        long start = System.nanoTime();
        body.run();
        return 1e-9 * (System.nanoTime() - start);
    }

    private static void compare(String what, double work, Runnable ours, Runnable theirs) {
        double[] our = new double[ROUNDS];
        double[] their = new double[ROUNDS];
        double[] quotient = new double[ROUNDS];
        long start = System.nanoTime();
        while (1e-9 * (System.nanoTime() - start) < WARM_UP_SECONDS) {
            ours.run();
            theirs.run();
        }
        for (int i = 0; i < ROUNDS; i++) {
            double a = seconds(ours);
            double b = seconds(theirs);
            our[i] = work / a;
            their[i] = work / b;
            quotient[i] = b / a;
        }
        Arrays.sort(our);
        Arrays.sort(their);
        Arrays.sort(quotient);
        System.out.printf(
                Locale.ROOT,
                "%s: ours %.3g, C %.3g; ours/C %.2f (quartiles %.2f to %.2f); best of each %.3g and %.3g%n",
                what,
                our[ROUNDS / 2],
                their[ROUNDS / 2],
                quotient[ROUNDS / 2],
                quotient[ROUNDS / 4],
                quotient[3 * ROUNDS / 4],
                our[ROUNDS - 1],
                their[ROUNDS - 1]);
    }
}
