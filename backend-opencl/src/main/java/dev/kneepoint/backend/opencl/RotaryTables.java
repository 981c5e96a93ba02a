package dev.kneepoint.backend.opencl;

import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/** Frequencies of the rotary embedding on a device, one small table for each head size. Thread-safe. */
final class RotaryTables implements AutoCloseable {
    private static final double BASE = 10_000;

    private final cl_context context;
    private final Map<Integer, cl_mem> tables = new HashMap<>();

    RotaryTables(cl_context context) {
        this.context = context;
    }

    /** The table of a head size; stays valid until all are closed. */
    synchronized cl_mem of(int headSize) {
        return tables.computeIfAbsent(headSize, this::create);
    }

    private cl_mem create(int headSize) {
        float[] pairs = pairs(headSize);
        long bytes = (long) Sizeof.cl_float * pairs.length;
        return Cl.call(
                "clCreateBuffer of " + bytes + " bytes",
                () -> CL.clCreateBuffer(
                        context, CL.CL_MEM_READ_ONLY | CL.CL_MEM_COPY_HOST_PTR, bytes, Pointer.to(pairs), null));
    }

    /** Each pair's frequency as a float, and what that leaves over. */
    static float[] pairs(int headSize) {
        float[] out = new float[headSize];
        for (int i = 0; i + 1 < headSize; i += 2) {
            double frequency = Math.pow(BASE, -(double) i / headSize);
            out[i] = (float) frequency;
            out[i + 1] = (float) (frequency - out[i]);
        }
        return out;
    }

    @Override
    public synchronized void close() {
        tables.values().forEach(Cl::release);
        tables.clear();
    }
}
