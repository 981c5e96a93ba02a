package dev.kneepoint.backend.cuda;

import jcuda.driver.CUdeviceptr;

/** An address in a device's memory, as JCuda takes it and gives it. */
final class DevicePointer extends CUdeviceptr {
    /** Where a call is to write an address. */
    DevicePointer() {}

    private DevicePointer(CUdeviceptr base, long bytes) {
        super(base, bytes);
    }

    /** An address. */
    static DevicePointer of(long address) {
        return new DevicePointer(new DevicePointer(), address);
    }

    /** The address. */
    long address() {
        return getNativePointer() + getByteOffset();
    }
}
