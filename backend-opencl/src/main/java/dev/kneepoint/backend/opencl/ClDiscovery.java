package dev.kneepoint.backend.opencl;

import static org.jocl.CL.CL_DEVICE_TYPE_ALL;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Lists the devices of all platforms. Only to be called where {@link OpenClLibrary} found a loader. */
final class ClDiscovery {
    private static final int PLATFORM_NOT_FOUND = -1001;

    private ClDiscovery() {}

    /** A device and where it was found. */
    record Found(ClDeviceInfo info, cl_platform_id platform, cl_device_id id) {}

    /** All devices, in the order of platforms; empty if there is no platform or none has a device. */
    static List<Found> devices() {
        try (SignalHandlers kept = SignalHandlers.keep()) {
            List<Found> out = new ArrayList<>();
            for (cl_platform_id platform : platforms()) {
                String name = platformName(platform);
                for (cl_device_id id : devices(platform)) {
                    out.add(new Found(info(name, id), platform, id));
                }
            }
            return out;
        }
    }

    static List<cl_platform_id> platforms() {
        try (SignalHandlers kept = SignalHandlers.keep()) {
            int[] count = new int[1];
            Cl.call("clGetPlatformIDs", () -> CL.clGetPlatformIDs(0, null, count));
            cl_platform_id[] all = new cl_platform_id[count[0]];
            Cl.call("clGetPlatformIDs", () -> CL.clGetPlatformIDs(all.length, all, null));
            return List.of(all);
        } catch (OpenClException e) {
            if (e.code() == PLATFORM_NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
    }

    private static List<cl_device_id> devices(cl_platform_id platform) {
        int[] count = new int[1];
        try {
            Cl.call("clGetDeviceIDs", () -> CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count));
        } catch (OpenClException e) {
            if (e.code() == CL.CL_DEVICE_NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
        cl_device_id[] all = new cl_device_id[count[0]];
        Cl.call("clGetDeviceIDs", () -> CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, all.length, all, null));
        return List.of(all);
    }

    private static ClDeviceInfo info(String platform, cl_device_id id) {
        return new ClDeviceInfo(
                platform,
                text(id, CL.CL_DEVICE_NAME),
                type(number(id, CL.CL_DEVICE_TYPE)),
                text(id, CL.CL_DRIVER_VERSION),
                text(id, CL.CL_DEVICE_VERSION),
                (int) number(id, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
                number(id, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
                number(id, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                number(id, CL.CL_DEVICE_LOCAL_MEM_SIZE),
                (int) Math.min(Integer.MAX_VALUE, number(id, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE)),
                number(id, CL.CL_DEVICE_HOST_UNIFIED_MEMORY) != 0,
                (" " + text(id, CL.CL_DEVICE_EXTENSIONS) + " ").contains(" cl_khr_fp16 "));
    }

    private static ClDeviceType type(long bits) {
        if ((bits & CL.CL_DEVICE_TYPE_GPU) != 0) {
            return ClDeviceType.GPU;
        }
        return (bits & CL.CL_DEVICE_TYPE_CPU) != 0 ? ClDeviceType.CPU : ClDeviceType.ACCELERATOR;
    }

    /** A number of a device; buffers of eight bytes hold the shorter ones too, on little-endian machines. */
    private static long number(cl_device_id id, int which) {
        long[] value = new long[1];
        long[] size = new long[1];
        Cl.call("clGetDeviceInfo", () -> CL.clGetDeviceInfo(id, which, Long.BYTES, Pointer.to(value), size));
        return size[0] == Integer.BYTES ? value[0] & 0xffff_ffffL : value[0];
    }

    private static String text(cl_device_id id, int which) {
        long[] size = new long[1];
        Cl.call("clGetDeviceInfo", () -> CL.clGetDeviceInfo(id, which, 0, null, size));
        byte[] bytes = new byte[(int) size[0]];
        Cl.call("clGetDeviceInfo", () -> CL.clGetDeviceInfo(id, which, bytes.length, Pointer.to(bytes), null));
        return text(bytes);
    }

    private static String platformName(cl_platform_id platform) {
        long[] size = new long[1];
        Cl.call("clGetPlatformInfo", () -> CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, 0, null, size));
        byte[] bytes = new byte[(int) size[0]];
        Cl.call(
                "clGetPlatformInfo",
                () -> CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, bytes.length, Pointer.to(bytes), null));
        return text(bytes);
    }

    private static String text(byte[] zeroEnded) {
        String all = new String(zeroEnded, StandardCharsets.UTF_8);
        int end = all.indexOf('\0');
        return (end < 0 ? all : all.substring(0, end)).strip();
    }

    /** A device in words, with the number that {@code opencl.device} takes. */
    static String describe(int index, ClDeviceInfo d) {
        return String.format(
                Locale.ROOT,
                "%d: %s, %s, %d compute units, %.1f GiB, largest buffer %.1f GiB, driver %s, %s; platform %s",
                index,
                d.name(),
                d.type().label(),
                d.computeUnits(),
                (double) d.globalBytes() / (1L << 30),
                (double) d.allocationBytes() / (1L << 30),
                d.driver(),
                d.version(),
                d.platform());
    }
}
