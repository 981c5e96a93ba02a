package dev.kneepoint.backend.cpu;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** How much do blocking and vectors make of one core? A product of two 1,024 x 1,024 matrices is 2.15 GFLOP. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatmulBenchmark {
    private static final int N = 1024;

    /** Plain: three nested loops. Loops: blocked, vectorised by the compiler. Vector: blocked, on the Vector API. */
    @Param({"plain", "loops", "vector"})
    String kernel = "loops";

    private final float[] a = random(1);
    private final float[] b = random(2);
    private final float[] c = new float[N * N];

    private static float[] random(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] out = new float[N * N];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) random.nextDouble();
        }
        return out;
    }

    /**
     * One product.
     *
     * @return the result
     */
    @Benchmark
    public float[] multiply() {
        switch (kernel) {
            case "plain" -> plain();
            case "loops" -> new Matmul(new LoopKernel()).multiply(a, 0, b, 0, c, 0, N, N, N, 1, () -> false);
            default -> new Matmul(new VectorKernel()).multiply(a, 0, b, 0, c, 0, N, N, N, 1, () -> false);
        }
        return c;
    }

    private void plain() {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                float sum = 0;
                for (int k = 0; k < N; k++) {
                    sum += a[i * N + k] * b[k * N + j];
                }
                c[i * N + j] = sum;
            }
        }
    }
}
