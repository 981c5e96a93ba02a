package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DataType;
import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;

/**
 * Cosines and sines of the rotary embedding on a device: an angle is the sum of one from a table of near positions and one
 * from a table of far ones, so that small tables serve long sequences. Thread-safe.
 */
final class RotaryTables implements AutoCloseable {
    /** Positions of the near table, and the step of the far one; the kernel has the same number. */
    private static final int NEAR = 256;

    private static final double BASE = 10_000;

    private record Key(int headSize, int step, int positions) {}

    private final ClMemory memory;
    private final Map<Key, ClBuffer> tables = new HashMap<>();

    RotaryTables(ClMemory memory) {
        this.memory = memory;
    }

    /** The positions 0 to 255 of a head size; stays valid until all are closed. */
    ClBuffer near(int headSize) {
        return of(new Key(headSize, 1, NEAR));
    }

    /** Every 256th position of a sequence; the lengths up to the next power of two share a table. */
    ClBuffer far(int headSize, int length) {
        int positions = (length - 1) / NEAR + 1;
        return of(new Key(headSize, NEAR, Integer.highestOneBit(Math.max(1, 2 * positions - 1))));
    }

    private synchronized ClBuffer of(Key key) {
        return tables.computeIfAbsent(key, this::create);
    }

    private ClBuffer create(Key key) {
        float[] turns = turns(key.headSize(), key.step(), key.positions());
        long bytes = (long) Sizeof.cl_float * turns.length;
        return new ClBuffer(
                Cl.call(
                        "clCreateBuffer of " + bytes + " bytes",
                        () -> CL.clCreateBuffer(
                                memory.context(),
                                CL.CL_MEM_READ_ONLY | CL.CL_MEM_COPY_HOST_PTR,
                                bytes,
                                Pointer.to(turns),
                                null)),
                DataType.FP32);
    }

    /** A row for each position, a cosine and a sine for each pair. */
    static float[] turns(int headSize, int step, int positions) {
        float[] out = new float[Math.multiplyExact(headSize, positions)];
        for (int i = 0; i + 1 < headSize; i += 2) {
            double frequency = Math.pow(BASE, -(double) i / headSize);
            for (int p = 0; p < positions; p++) {
                double angle = (double) p * step * frequency;
                out[p * headSize + i] = (float) Math.cos(angle);
                out[p * headSize + i + 1] = (float) Math.sin(angle);
            }
        }
        return out;
    }

    @Override
    public synchronized void close() {
        tables.values().forEach(memory::release);
        tables.clear();
    }
}
