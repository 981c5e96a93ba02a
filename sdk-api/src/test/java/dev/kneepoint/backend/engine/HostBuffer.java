package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A buffer in the host's memory; equal only to itself. */
final class HostBuffer implements DeviceBuffer {
    private final DataType type;
    private final ByteBuffer bytes;

    HostBuffer(DataType type, long elements) {
        this.type = type;
        this.bytes =
                ByteBuffer.allocate(Math.toIntExact(type.bytes() * elements)).order(ByteOrder.nativeOrder());
    }

    @Override
    public DataType type() {
        return type;
    }

    /** A part of a buffer, which writes go through to. */
    record Part(DataType type, ByteBuffer bytes) {
        int elements() {
            return bytes.capacity() / type.bytes();
        }

        float[] get() {
            return type.unpack(bytes, elements());
        }

        void put(float[] values) {
            bytes.put(0, type.pack(values), 0, type.bytes() * values.length);
        }
    }

    static Part part(At at, long elements) {
        HostBuffer buffer = (HostBuffer) at.buffer();
        int size = buffer.type.bytes();
        return new Part(
                buffer.type,
                buffer.bytes
                        .slice(Math.toIntExact(size * at.from()), Math.toIntExact(size * elements))
                        .order(ByteOrder.nativeOrder()));
    }

    static Part part(DeviceBuffer buffer, long elements) {
        return part(DeviceKernels.whole(buffer), elements);
    }

    static float[] get(At at, int elements) {
        return part(at, elements).get();
    }

    static float[] get(DeviceBuffer buffer, int elements) {
        return part(buffer, elements).get();
    }

    static int[] ints(DeviceBuffer buffer, int elements) {
        int[] out = new int[elements];
        part(buffer, elements).bytes().asIntBuffer().get(0, out);
        return out;
    }
}
