package dev.kneepoint.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The arrays of a launch, each in a buffer of its own behind so many elements that nothing may touch. */
final class KernelArrays {
    private static final float FENCE = 77;

    private final List<ByteBuffer> buffers = new ArrayList<>();
    private final List<Array> arrays = new ArrayList<>();
    private final Random random;
    private final int fence;

    KernelArrays(Random random, int fence) {
        this.random = random;
        this.fence = fence;
    }

    /** An array and what was in it before. */
    final class Array {
        private final ElementType type;
        private final int offset;
        private final ByteBuffer bytes;
        private final int number = buffers.size();
        final double[] before;

        private Array(ElementType type, int length) {
            this(type, length, fence);
        }

        private Array(ElementType type, int length, int offset) {
            this.type = type;
            this.offset = offset;
            this.bytes = ByteBuffer.allocate((offset + length) * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            this.before = new double[length];
            buffers.add(bytes);
            arrays.add(this);
            for (int i = 0; i < offset; i++) {
                type.put(bytes, i, FENCE);
            }
        }

        KernelHarness.Pointer pointer() {
            return new KernelHarness.Pointer(number, (long) offset * type.bytes());
        }

        int length() {
            return before.length;
        }

        private void set(int index, float value) {
            type.put(bytes, offset + index, value);
            before[index] = type.get(bytes, offset + index);
        }

        double after(int index) {
            return type.get(bytes, offset + index);
        }
    }

    Array random(ElementType type, int length, double from, double to) {
        Array out = new Array(type, length);
        for (int i = 0; i < length; i++) {
            out.set(i, (float) random.nextDouble(from, to));
        }
        return out;
    }

    Array of(float... values) {
        return of(ElementType.F32, values);
    }

    Array of(ElementType type, float... values) {
        Array out = new Array(type, values.length);
        for (int i = 0; i < values.length; i++) {
            out.set(i, values[i]);
        }
        return out;
    }

    /** Pairs of single-precision numbers, which kernels take at multiples of eight bytes only: without a fence. */
    Array pairs(int count) {
        return new Array(ElementType.F32, 2 * count, 0);
    }

    /** Bytes that a kernel writes, behind a fence like all arrays. */
    final class Bytes {
        private final ByteBuffer bytes;
        private final KernelHarness.Pointer pointer;

        private Bytes(int length) {
            bytes = ByteBuffer.allocate(fence + length);
            pointer = new KernelHarness.Pointer(buffers.size(), fence);
            buffers.add(bytes);
        }

        KernelHarness.Pointer pointer() {
            return pointer;
        }

        byte after(int index) {
            return bytes.get(fence + index);
        }
    }

    Bytes bytes(int length) {
        return new Bytes(length);
    }

    /** Integers; read them back from where they came. */
    KernelHarness.Pointer of(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        buffers.add(bytes);
        return new KernelHarness.Pointer(buffers.size() - 1, 0);
    }

    void launch(PtxModule module, String kernel, int[] grid, Object... arguments) {
        Object[] all = arguments.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = switch (all[i]) {
                case Array a -> a.pointer();
                case Bytes b -> b.pointer();
                case Object other -> other;
            };
        }
        KernelHarness.of(module).launch(kernel, grid, module.threads(kernel), buffers, all);
        for (Array a : arrays) {
            for (int i = 0; i < a.offset; i++) {
                if (a.type.get(a.bytes, i) != FENCE) {
                    throw new AssertionError(kernel + " wrote before an array");
                }
            }
        }
    }
}
