package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels.At;

/** A buffer in a device's memory. Equal only to itself. */
final class CudaBuffer implements DeviceBuffer {
    private final DataType type;
    private final CudaContext context;
    private final DevicePointer pointer;

    CudaBuffer(DataType type, CudaContext context, DevicePointer pointer) {
        this.type = type;
        this.context = context;
        this.pointer = pointer;
    }

    @Override
    public DataType type() {
        return type;
    }

    CudaContext context() {
        return context;
    }

    DevicePointer pointer() {
        return pointer;
    }

    static CudaBuffer of(DeviceBuffer buffer) {
        return (CudaBuffer) buffer;
    }

    /** The address of an array's beginning. */
    static long address(At at) {
        CudaBuffer buffer = of(at.buffer());
        return buffer.pointer.address() + buffer.type.bytes() * at.from();
    }
}
