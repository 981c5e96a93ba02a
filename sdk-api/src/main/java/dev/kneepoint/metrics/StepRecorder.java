package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Takes the steps of a host application's own training loop and gives the same metrics of them as a backend does.
 * Thread-safe; recording a step allocates nothing. It keeps the latest steps only.
 *
 * <pre>{@code
 * StepRecorder recorder = StepRecorder.of(workload, cluster, 8);
 * long begun = recorder.begin();
 * trainOneStep();
 * recorder.end(begun);
 * }</pre>
 */
@Incubating
public final class StepRecorder {
    private static final int COLUMNS = 3;
    private static final int DEFAULT_KEPT = 1024;
    private static final double NANO = 1e-9;

    private final MetricsCalculator.Run run;
    private final int warmup;
    private final int kept;
    private final LongSupplier clock;

    /** Step, compute and exposed communication of one kept step after the other. */
    @GuardedBy("this")
    private final long[] nanos;

    @GuardedBy("this")
    private long seen;

    private StepRecorder(MetricsCalculator.Run run, int warmup, int kept, LongSupplier clock) {
        this.run = run;
        this.warmup = warmup;
        this.kept = kept;
        this.clock = clock;
        this.nanos = new long[COLUMNS * kept];
    }

    /**
     * A recorder that keeps 1,024 steps and leaves none out as warm-up.
     *
     * @param workload what a step of all devices together does
     * @param cluster the machines
     * @param devices devices that train, 1 to {@link Cluster#maxDevices()}
     * @return a new recorder
     * @throws IllegalArgumentException if {@code devices} is out of range
     */
    public static StepRecorder of(TrainingWorkload workload, Cluster cluster, int devices) {
        Checks.range("devices", devices, 1, cluster.maxDevices());
        MetricsCalculator.Run run = new MetricsCalculator.Run(workload, cluster, devices);
        return new StepRecorder(run, 0, DEFAULT_KEPT, System::nanoTime);
    }

    /**
     * A new recorder that leaves first steps out.
     *
     * @param steps how many, at least 0
     * @return a recorder without steps
     */
    public StepRecorder withWarmup(int steps) {
        Checks.range("warm-up steps", steps, 0, 1_000_000);
        return new StepRecorder(run, steps, kept, clock);
    }

    /**
     * A new recorder that keeps another number of steps.
     *
     * @param steps the latest steps that metrics are made of, 1 to 1,000,000
     * @return a recorder without steps
     */
    public StepRecorder keeping(int steps) {
        Checks.range("kept steps", steps, 1, 1_000_000);
        return new StepRecorder(run, warmup, steps, clock);
    }

    /**
     * A new recorder with another clock, for tests.
     *
     * @param nanoClock nanoseconds from any origin, never falling
     * @return a recorder without steps
     */
    public StepRecorder withClock(LongSupplier nanoClock) {
        return new StepRecorder(run, warmup, kept, nanoClock);
    }

    /**
     * The start of a step.
     *
     * @return what {@link #end} wants to be told
     */
    public long begin() {
        return clock.getAsLong();
    }

    /**
     * Records a step that ends now.
     *
     * @param begun what {@link #begin} returned
     * @throws IllegalArgumentException if {@code begun} lies in the future
     */
    public void end(long begun) {
        record(elapsed(begun), 0, 0);
    }

    /**
     * Records a step that ends now, with what is known of its inside.
     *
     * @param begun what {@link #begin} returned
     * @param computeNanos nanoseconds in which kernels ran
     * @param exposedNanos nanoseconds in which only transfers ran
     * @throws IllegalArgumentException if they are negative or longer than the step, or {@code begun} lies in the future
     */
    public void end(long begun, long computeNanos, long exposedNanos) {
        record(elapsed(begun), computeNanos, exposedNanos);
    }

    /**
     * Records a step.
     *
     * @param stepNanos its time, at least 1 nanosecond
     * @param computeNanos nanoseconds in which kernels ran; 0 if unknown
     * @param exposedNanos nanoseconds in which only transfers ran; 0 if unknown
     * @throws IllegalArgumentException if a time is out of range, or the parts are longer than the step
     */
    public void record(long stepNanos, long computeNanos, long exposedNanos) {
        if (stepNanos < 1 || computeNanos < 0 || exposedNanos < 0 || computeNanos > stepNanos - exposedNanos) {
            throw new IllegalArgumentException("a step of " + stepNanos + " ns cannot hold " + computeNanos
                    + " ns of compute and " + exposedNanos
                    + " ns of exposed communication; the step is at least 1 ns and its parts fit into it");
        }
        synchronized (this) {
            if (seen >= warmup) {
                int at = COLUMNS * (int) ((seen - warmup) % kept);
                nanos[at] = stepNanos;
                nanos[at + 1] = computeNanos;
                nanos[at + 2] = exposedNanos;
            }
            seen++;
        }
    }

    /**
     * Steps recorded so far.
     *
     * @return warm-up and forgotten steps included
     */
    public synchronized long steps() {
        return seen;
    }

    /**
     * Metrics of the kept steps: times by class are those of the median step, and what was not told of it is idle.
     * Percentiles are those of {@link StepTimes#ofSorted}.
     *
     * @return the metrics, provenance {@link Provenance#MEASURED}
     * @throws IllegalStateException if no step after the warm-up has been recorded
     */
    public ScalingMetrics metrics() {
        long[] copy;
        synchronized (this) {
            if (seen <= warmup) {
                throw new IllegalStateException("no step recorded after " + warmup + " of warm-up; record one first");
            }
            copy = Arrays.copyOf(nanos, COLUMNS * (int) Math.min(kept, seen - warmup));
        }
        int[] order = IntStream.range(0, copy.length / COLUMNS)
                .boxed()
                .sorted(Comparator.comparingLong(i -> copy[COLUMNS * i]))
                .mapToInt(i -> COLUMNS * i)
                .toArray();
        int median = order[StepTimes.medianIndex(order.length)];
        double[] seconds = Arrays.stream(order).mapToDouble(i -> copy[i] * NANO).toArray();
        TimeParts parts = parts(copy[median], copy[median + 1], copy[median + 2]);
        boolean unknown = copy[median + 1] == 0 && copy[median + 2] == 0;
        return MetricsCalculator.assemble(
                run,
                StepTimes.ofSorted(seconds, warmup),
                parts,
                parts,
                Busy.of(parts.compute(), parts.exposedCommunication(), Map.of(), Map.of()),
                Optional.empty(),
                Optional.empty(),
                Provenance.MEASURED,
                unknown ? ImmutableSortedSet.of("time-classes-unknown") : ImmutableSortedSet.of(),
                ImmutableSortedMap.of(
                        "backend",
                        "host application",
                        "device",
                        run.cluster().accelerator().name()),
                FlopConvention.NON_CAUSAL);
    }

    private long elapsed(long begun) {
        long elapsed = clock.getAsLong() - begun;
        if (elapsed < 0) {
            throw new IllegalArgumentException(
                    "the start of a step must be what begin() returned, not a time " + -elapsed + " ns in the future");
        }
        // A coarse clock may not have moved.
        return Math.max(1, elapsed);
    }

    private static TimeParts parts(long step, long compute, long exposed) {
        return new TimeParts(compute * NANO, exposed * NANO, 0, 0, 0, (step - compute - exposed) * NANO);
    }
}
