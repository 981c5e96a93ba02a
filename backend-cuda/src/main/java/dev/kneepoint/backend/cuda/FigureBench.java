package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.engine.DeviceKernels.NOTHING;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.spi.BackendException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** Times what is put on a stream, and the host that puts it there. Confined to one thread. */
final class FigureBench implements AutoCloseable {
    private static final int MOST_SAMPLES = 11;
    private static final int MOST_RUNS = 1 << 16;

    /** Samples, and what comes before them, each take about this part of the time. */
    private static final int PARTS = 2 * MOST_SAMPLES;

    /** Boards move their energy counters on every 20 to 100 ms. */
    private static final double LEAST_METERED_SECONDS = 0.2;

    private static final double PER_NANO = 1e-9;
    private static final int BLOCK = 1 << 20;

    private final CudaDevice device;
    private final Boards boards;
    private final CudaQueue queue;
    private final float[] block = new float[BLOCK];
    private double slot;

    FigureBench(CudaDevice device, Boards boards) {
        this.device = device;
        this.boards = boards;
        this.queue = CudaQueue.open(device);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < BLOCK; i++) {
            block[i] = random.nextFloat(-1, 1);
        }
    }

    CudaDevice device() {
        return device;
    }

    DeviceArrays arrays() {
        return new DeviceArrays(device.memory(), queue);
    }

    /** Sets how long what follows may take. */
    void slot(Duration time) {
        slot = time.toNanos() * PER_NANO;
    }

    /** An array of numbers between -1 and 1: zeros would take less power, and clocks would stay up. */
    DeviceBuffer random(DeviceArrays arrays, DataType type, long elements) {
        DeviceBuffer out = arrays.empty(type, elements);
        int first = (int) Math.min(BLOCK, elements);
        queue.write(out, first == BLOCK ? block : Arrays.copyOf(block, first));
        for (long done = first; done < elements; done *= 2) {
            queue.copy(new At(out, 0), new At(out, done), Math.min(done, elements - done))
                    .release();
        }
        queue.finish();
        return out;
    }

    /**
     * A graph of a command over and over, for launches on the stream.
     *
     * @throws BackendException if the driver has no graphs
     */
    CudaGraph graph(CudaQueue.Command one, int commands) {
        CudaGraph.missing(CudaDiscovery.driverVersion()).ifPresent(reason -> {
            throw new BackendException(reason);
        });
        return CudaGraph.of(queue, () -> repeat(one, queue, commands));
    }

    /** How long a command takes on the device, one right after the other. */
    FigureTiming onDevice(CudaQueue.Command one) {
        onDevice(one, 1);
        int runs = 1;
        while (runs < MOST_RUNS && host(one, runs) < slot / PARTS) {
            runs *= 2;
        }
        int enough = runs;
        return sample(() -> onDevice(one, enough));
    }

    private double host(CudaQueue.Command one, int runs) {
        long start = System.nanoTime();
        onDevice(one, runs);
        return (System.nanoTime() - start) * PER_NANO;
    }

    /** Seconds of a run on the device. */
    private double onDevice(CudaQueue.Command one, int runs) {
        DeviceEvent event = queue.enqueue(NOTHING, q -> repeat(one, q, runs));
        queue.finish();
        double seconds = (event.end() - event.start()) * PER_NANO / runs;
        event.release();
        return seconds;
    }

    private static void repeat(CudaQueue.Command one, CudaQueue queue, int runs) {
        for (int i = 0; i < runs; i++) {
            one.enqueue(queue);
        }
    }

    /**
     * How long the host takes to put a command on the stream, while there is room on it.
     *
     * @param runs commands between two waits for the device
     */
    FigureTiming onHost(CudaQueue.Command one, int runs) {
        issueFor(one, runs);
        return sample(() -> issueFor(one, runs));
    }

    /** The first time is long enough for the compiler to get done with the way to the driver. */
    private double issueFor(CudaQueue.Command one, int runs) {
        double until = System.nanoTime() * PER_NANO + slot / PARTS;
        List<Double> some = new ArrayList<>();
        do {
            some.add(issue(one, runs));
        } while (System.nanoTime() * PER_NANO < until);
        return median(some);
    }

    private double issue(CudaQueue.Command one, int runs) {
        double[] seconds = new double[1];
        queue.enqueue(NOTHING, q -> {
                    long start = System.nanoTime();
                    repeat(one, q, runs);
                    seconds[0] = (System.nanoTime() - start) * PER_NANO / runs;
                })
                .release();
        queue.finish();
        return seconds[0];
    }

    /** Takes samples until there are enough or the time is up; at least one. */
    private FigureTiming sample(DoubleSupplier one) {
        List<Double> samples = new ArrayList<>();
        long start = System.nanoTime();
        try (Wattmeter meter = new Wattmeter(boards)) {
            double passed;
            do {
                samples.add(one.getAsDouble());
                passed = (System.nanoTime() - start) * PER_NANO;
            } while (samples.size() < MOST_SAMPLES && passed < slot);
            OptionalDouble watts = meter.stop();
            return new FigureTiming(median(samples), passed < LEAST_METERED_SECONDS ? OptionalDouble.empty() : watts);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        queue.close();
    }
}
