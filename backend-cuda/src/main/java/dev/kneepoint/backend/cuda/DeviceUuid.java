package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import jcuda.driver.CUdevice;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;

/**
 * Tells devices apart. JCuda only knows the function that gives an instance of a part (MIG) the identifier of its whole
 * GPU; the one that tells them apart came with CUDA 11.4.
 */
final class DeviceUuid {
    private static final String CALL = "cuDeviceGetUuid";
    private static final int BYTES = 16;

    private DeviceUuid() {}

    static UUID of(CUdevice device, int ordinal) {
        Optional<MethodHandle> newer = CudaLibrary.names(System.getProperty("os.name", "")).stream()
                .flatMap(name -> NativeLibrary.open(name).found().stream())
                .flatMap(library -> library.bindOptional(CALL + "_v2", ADDRESS, JAVA_INT).stream())
                .findFirst();
        return newer.isPresent() ? instance(newer.get(), ordinal) : gpu(device);
    }

    private static UUID instance(MethodHandle function, int ordinal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(BYTES);
            // The driver's handles of devices are their numbers.
            DriverStatus.check((int) function.invokeExact(out, ordinal), CALL);
            return uuid(out.asByteBuffer());
        } catch (CudaException e) {
            throw e;
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    private static UUID gpu(CUdevice device) {
        CUuuid out = new CUuuid();
        DriverStatus.check(JCudaDriver.cuDeviceGetUuid(out, device), CALL);
        return uuid(ByteBuffer.wrap(out.bytes));
    }

    private static UUID uuid(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }
}
