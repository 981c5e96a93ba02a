package dev.kneepoint.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Lists devices. Only to be called where {@link CudaLibrary} found the driver. */
final class CudaDiscovery {
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_BUS_ID = 32;

    private CudaDiscovery() {}

    /**
     * All devices that the driver shows.
     *
     * @return empty if it shows none
     * @throws CudaException if the driver cannot be used
     */
    static List<CudaDeviceInfo> devices() {
        int initialised = JCudaDriver.cuInit(0);
        if (initialised == CUresult.CUDA_ERROR_NO_DEVICE) {
            return List.of();
        }
        DriverStatus.check(initialised, "cuInit");
        int[] count = new int[1];
        DriverStatus.check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
        List<CudaDeviceInfo> out = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) {
            out.add(info(i));
        }
        return out;
    }

    /**
     * The version of CUDA that the driver is made for.
     *
     * @return 1000 times the major version and 10 times the minor one: 12040 for 12.4
     */
    static int driverVersion() {
        int[] version = new int[1];
        DriverStatus.check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        return version[0];
    }

    /** The handle of a device. */
    static CUdevice handle(int ordinal) {
        CUdevice device = new CUdevice();
        DriverStatus.check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet of " + ordinal);
        return device;
    }

    private static CudaDeviceInfo info(int ordinal) {
        CUdevice device = handle(ordinal);
        byte[] name = new byte[LONGEST_NAME];
        DriverStatus.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        String[] busId = {""};
        DriverStatus.check(JCudaDriver.cuDeviceGetPCIBusId(busId, LONGEST_BUS_ID, device), "cuDeviceGetPCIBusId");
        long[] memory = new long[1];
        DriverStatus.check(JCudaDriver.cuDeviceTotalMem(memory, device), "cuDeviceTotalMem");
        return new CudaDeviceInfo(
                ordinal,
                text(name),
                DeviceUuid.of(device, ordinal),
                busId[0],
                10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                        + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                memory[0],
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0);
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        DriverStatus.check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute " + which);
        return value[0];
    }

    /** Whether kernels of one device may read the memory of another. */
    static boolean reaches(int ordinal, int other) {
        int[] can = new int[1];
        DriverStatus.check(
                JCudaDriver.cuDeviceCanAccessPeer(can, handle(ordinal), handle(other)), "cuDeviceCanAccessPeer");
        return can[0] != 0;
    }

    private static String text(byte[] zeroEnded) {
        String all = new String(zeroEnded, StandardCharsets.UTF_8);
        int end = all.indexOf('\0');
        return (end < 0 ? all : all.substring(0, end)).strip();
    }
}
