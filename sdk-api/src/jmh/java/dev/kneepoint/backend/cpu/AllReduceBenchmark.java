package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/**
 * How near does an all-reduce of 64 MiB over two threads come to what copying allows? Each rank reads half of the other's
 * buffer twice (once to add, once to copy), so copies of 64 MiB by both threads at once are its limit.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class AllReduceBenchmark {
    private static final int FLOATS = 64 << 20 >> 2;

    /** Two ranks, of which the second goes along with whatever the first does. */
    @State(Scope.Benchmark)
    public static class Pair {
        private final RunControl control = new RunControl(2, true);
        private final Communicator group =
                new Communicator(control, Kernels.best(), "pair", List.of(0, 1), StreamKind.TENSOR);
        private final float[][] buffers = new float[2][FLOATS];
        private final Thread partner = new Thread(this::follow);

        /** Starts the partner. */
        @Setup
        public void start() {
            partner.setDaemon(true);
            partner.start();
        }

        private void follow() {
            while (!control.stopped()) {
                try {
                    run(1);
                } catch (RunControl.Stopped e) {
                    return;
                }
            }
        }

        private void run(int rank) {
            Lane lane = control.lane(rank, StreamKind.TENSOR);
            group.run(lane, CollectiveKind.ALL_REDUCE, FLOATS, buffers[rank], buffers[rank]);
        }

        /** Ends the partner. */
        @TearDown
        public void stop() {
            control.fail(new BackendException("the benchmark is over"));
        }
    }

    /** What a thread copies. */
    @State(Scope.Thread)
    public static class Copy {
        private final float[] from = new float[FLOATS];
        private final float[] to = new float[FLOATS];
    }

    /**
     * An all-reduce over two threads.
     *
     * @param pair the ranks
     */
    @Benchmark
    public void allReduce(Pair pair) {
        pair.run(0);
    }

    /**
     * A copy of as many bytes as an all-reduce reads from the other rank, on two threads at once.
     *
     * @param copy what is copied
     * @return the copy
     */
    @Benchmark
    @Threads(2)
    public float[] arraycopy(Copy copy) {
        System.arraycopy(copy.from, 0, copy.to, 0, FLOATS);
        return copy.to;
    }
}
