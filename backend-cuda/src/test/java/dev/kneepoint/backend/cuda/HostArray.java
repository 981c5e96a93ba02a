package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** An array that a double takes for device memory, with a few elements behind it that nothing may touch. */
final class HostArray {
    private static final int FENCE = 8;
    private static final float UNTOUCHED = 77;

    private final ElementType type;
    private final int length;
    private final MemorySegment memory;
    private final ByteBuffer bytes;

    private HostArray(Arena arena, ElementType type, int length) {
        this.type = type;
        this.length = length;
        memory = arena.allocate((long) (length + FENCE) * type.bytes(), Workspace.ALIGNMENT);
        bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < FENCE; i++) {
            type.put(bytes, length + i, UNTOUCHED);
        }
    }

    static HostArray random(Arena arena, ElementType type, int length, Random random) {
        HostArray array = new HostArray(arena, type, length);
        for (int i = 0; i < length; i++) {
            type.put(array.bytes, i, random.nextFloat(-1, 1));
        }
        return array;
    }

    static HostArray of(Arena arena, ElementType type, float... values) {
        HostArray array = new HostArray(arena, type, values.length);
        for (int i = 0; i < values.length; i++) {
            type.put(array.bytes, i, values[i]);
        }
        return array;
    }

    long address() {
        return memory.address();
    }

    int length() {
        return length;
    }

    float get(int index) {
        return type.get(bytes, index);
    }

    /** Without AssertJ's descriptions, which take longer than products do. */
    void assertClose(int index, double expected, double tolerance) {
        if (!(Math.abs(get(index) - expected) <= tolerance)) {
            throw new AssertionError(
                    "element " + index + " is " + get(index) + ", not " + expected + " within " + tolerance);
        }
    }

    void assertFenceIsUntouched() {
        for (int i = 0; i < FENCE; i++) {
            assertThat(get(length + i)).as("behind the array").isEqualTo(UNTOUCHED);
        }
    }
}
