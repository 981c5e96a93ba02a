package dev.kneepoint.backend.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * Cosines and sines of the rotary embedding on a device: an angle is the sum of one from a table of near positions and one
 * from a table of far ones, so that small tables serve long sequences. Made when first asked for. Thread-safe.
 */
public final class RotaryTables implements AutoCloseable {
    /** Positions of the near table, and the step of the far one; kernels have the same number. */
    private static final int NEAR = 256;

    private static final double BASE = 10_000;

    private record Key(int headSize, int step, int positions) {}

    private final Device device;
    private final Map<Key, DeviceBuffer> tables = new HashMap<>();

    /**
     * No tables yet.
     *
     * @param device where they will be
     */
    public RotaryTables(Device device) {
        this.device = device;
    }

    /**
     * The positions 0 to 255 of a head size.
     *
     * @param headSize elements of a head, even
     * @return a row for each position, a cosine and a sine for each pair, in single precision; valid until all are closed
     */
    public DeviceBuffer near(int headSize) {
        return of(new Key(headSize, 1, NEAR));
    }

    /**
     * Every 256th position of a sequence; the lengths up to the next power of two share a table.
     *
     * @param headSize elements of a head, even
     * @param length positions, at least 1
     * @return as {@link #near}
     */
    public DeviceBuffer far(int headSize, int length) {
        int positions = (length - 1) / NEAR + 1;
        return of(new Key(headSize, NEAR, Integer.highestOneBit(Math.max(1, 2 * positions - 1))));
    }

    private synchronized DeviceBuffer of(Key key) {
        DeviceBuffer known = tables.get(key);
        if (known != null) {
            return known;
        }
        float[] turns = turns(key.headSize(), key.step(), key.positions());
        DeviceBuffer table = device.memory().allocate(DataType.FP32, turns.length);
        try (DeviceQueue queue = device.queue()) {
            queue.write(table, turns);
        } catch (RuntimeException e) {
            device.memory().release(table);
            throw e;
        }
        tables.put(key, table);
        return table;
    }

    private static float[] turns(int headSize, int step, int positions) {
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
        try (Cleanup cleanup = new Cleanup()) {
            tables.values().forEach(table -> cleanup.then(() -> device.memory().release(table)));
            tables.clear();
        }
    }
}
