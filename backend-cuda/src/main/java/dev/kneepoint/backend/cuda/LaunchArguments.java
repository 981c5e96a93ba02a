package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arguments of one launch after the other, in native memory that is made once: the driver copies them before the
 * launch returns. Confined to the stream's user.
 */
final class LaunchArguments implements AutoCloseable {
    private static final int MOST = 24;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment values = arena.allocate(JAVA_LONG, MOST);
    private final HostPointer pointers;

    LaunchArguments() {
        MemorySegment addresses = arena.allocate(ADDRESS, MOST);
        for (int i = 0; i < MOST; i++) {
            addresses.setAtIndex(ADDRESS, i, values.asSlice((long) Long.BYTES * i));
        }
        this.pointers = HostPointer.of(addresses);
    }

    /**
     * What the driver takes.
     *
     * @param arguments arrays with their offsets ({@link At}), bare buffers, ints, longs and floats
     * @return valid until the next call
     */
    HostPointer of(Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            long at = (long) Long.BYTES * i;
            switch (arguments[i]) {
                case At array -> values.set(JAVA_LONG, at, CudaBuffer.address(array));
                case DeviceBuffer buffer ->
                    values.set(JAVA_LONG, at, CudaBuffer.of(buffer).pointer().address());
                case Integer number -> values.set(JAVA_INT, at, number);
                case Long number -> values.set(JAVA_LONG, at, number);
                case Float number -> values.set(JAVA_FLOAT, at, number);
                default -> throw new IllegalArgumentException("kernels take no " + arguments[i].getClass());
            }
        }
        return pointers;
    }

    @Override
    public void close() {
        arena.close();
    }
}
