package dev.kneepoint.backend.nccl;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does an all-reduce cost through our layer that it does not cost in C, on the same doubles? The medians (p0.50) count;
 * with {@code -prof gc}, that our layer allocates nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class AllReduceCallBenchmark {
    /** 8 B and 64 MiB. */
    @Param({"8", "67108864"})
    private int bytes;

    private AllReduceCalls calls;

    @Setup(Level.Iteration)
    public void open() {
        calls = new AllReduceCalls(bytes);
    }

    @TearDown(Level.Iteration)
    public void close() {
        calls.close();
    }

    @Benchmark
    public void java() {
        calls.byJava();
    }

    @Benchmark
    public void c() {
        calls.byC();
    }
}
