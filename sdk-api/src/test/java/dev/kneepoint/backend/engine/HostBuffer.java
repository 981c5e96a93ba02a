package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A buffer in the host's memory; equal only to itself. */
final class HostBuffer implements DeviceBuffer {
    private final ByteBuffer bytes;

    HostBuffer(long elements) {
        this.bytes =
                ByteBuffer.allocate(Math.toIntExact(Float.BYTES * elements)).order(ByteOrder.nativeOrder());
    }

    static ByteBuffer bytes(DeviceBuffer buffer) {
        return ((HostBuffer) buffer).bytes;
    }

    /** Part of it, which writes go through to. */
    static ByteBuffer part(At at, long elements, int size) {
        return bytes(at.buffer())
                .slice(Math.toIntExact(size * at.from()), Math.toIntExact(size * elements))
                .order(ByteOrder.nativeOrder());
    }

    static float[] get(At at, int elements) {
        float[] out = new float[elements];
        part(at, elements, Float.BYTES).asFloatBuffer().get(0, out);
        return out;
    }

    static float[] get(DeviceBuffer buffer, int elements) {
        return get(DeviceKernels.whole(buffer), elements);
    }

    static int[] ints(DeviceBuffer buffer, int elements) {
        int[] out = new int[elements];
        bytes(buffer).asIntBuffer().get(0, out);
        return out;
    }

    static ByteBuffer part(At at, int elements) {
        return part(at, elements, Float.BYTES);
    }

    static ByteBuffer part(DeviceBuffer buffer, int elements) {
        return part(DeviceKernels.whole(buffer), elements);
    }

    static void put(ByteBuffer part, float[] values) {
        part.asFloatBuffer().put(0, values);
    }

    static float[] halves(At at, int elements) {
        ByteBuffer part = part(at, elements, Short.BYTES);
        float[] out = new float[elements];
        for (int i = 0; i < elements; i++) {
            out[i] = Float.float16ToFloat(part.getShort(Short.BYTES * i));
        }
        return out;
    }
}
