package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.event;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.scale;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Memory that comes and goes in the order of a stream. */
@RequiresCompiler({"g++", "nm"})
class CudaDoublePoolTest {
    private static final long PIECE = 2L << 20;
    private static final int THRESHOLD = 4;
    private static final int RESERVED = 5;
    private static final int USED = 7;
    private static final int READ_AND_WRITE = 3;

    private static CudaDouble start() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2));
        open(0);
        return driver;
    }

    private static CUdeviceptr allocate(long bytes, CUstream stream) {
        CUdeviceptr out = new CUdeviceptr();
        ok(JCudaDriver.cuMemAllocAsync(out, bytes, stream));
        return out;
    }

    @Test
    void memoryIsThereBetweenItsTwoCommands() {
        CudaDouble driver = start();
        CUstream stream = stream();
        CUdeviceptr x = allocate(4, stream);
        scale(x, 2, stream);
        ok(JCudaDriver.cuMemFreeAsync(x, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(driver.violations()).isEmpty();
        assertThat(driver.leaks().toString()).doesNotContain("device memory");
    }

    @Test
    void anotherStreamHasToWaitForIt() {
        CudaDouble driver = start();
        CUstream stream = stream();
        CUdeviceptr x = allocate(4, stream);
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, stream));
        CUstream waits = stream();
        ok(JCudaDriver.cuStreamWaitEvent(waits, event, 0));
        scale(x, 2, waits);
        ok(JCudaDriver.cuStreamSynchronize(waits));
        assertThat(driver.violations()).isEmpty();
        CUdeviceptr y = allocate(4, stream);
        CUstream hurries = stream();
        scale(y, 2, hurries);
        answers(JCudaDriver.cuStreamSynchronize(hurries), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(driver.violations()).singleElement().asString().contains("not allocated yet");
    }

    @Test
    void freeingInOrderIsFreeing() {
        CudaDouble driver = start();
        CUstream stream = stream();
        CUdeviceptr x = allocate(4, stream);
        ok(JCudaDriver.cuMemFreeAsync(x, stream));
        answers(JCudaDriver.cuMemFreeAsync(x, stream), CUresult.CUDA_ERROR_INVALID_VALUE);
        scale(x, 2, stream);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(driver.violations())
                .satisfiesExactly(
                        v -> assertThat(v).contains("was freed before"),
                        v -> assertThat(v).contains("device memory that was freed"));
    }

    @Test
    void withoutPoolsThereIsNoSuchMemory() {
        CudaDouble.reset(DoubleConfig.of(1).withoutPools());
        open(0);
        answers(JCudaDriver.cuMemAllocAsync(new CUdeviceptr(), 4, stream()), CUresult.CUDA_ERROR_NOT_SUPPORTED);
        int[] out = new int[1];
        ok(JCudaDriver.cuDeviceGetAttribute(out, 115, DoubleHost.device(0)));
        assertThat(out[0]).isZero();
    }

    @Test
    void aPoolKeepsUpToItsThreshold() {
        CudaDouble driver = start();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pool = defaultPool(driver, arena);
            CUstream stream = stream();
            CUdeviceptr x = allocate(PIECE + 1, stream);
            assertThat(attribute(driver, pool, USED)).isEqualTo(PIECE + 1);
            assertThat(attribute(driver, pool, RESERVED)).isEqualTo(2 * PIECE);
            setThreshold(driver, pool, PIECE);
            ok(JCudaDriver.cuMemFreeAsync(x, stream));
            ok(JCudaDriver.cuStreamSynchronize(stream));
            assertThat(attribute(driver, pool, USED)).isZero();
            assertThat(attribute(driver, pool, RESERVED)).isEqualTo(PIECE);
            ok(call(driver, "cuMemPoolTrimTo", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG), pool, 0L));
            assertThat(attribute(driver, pool, RESERVED)).isZero();
        }
    }

    @Test
    void whatAPoolHoldsIsMissingElsewhere() {
        CudaDouble.reset(DoubleConfig.of(DoubleConfig.Device.A100.withBytes(2 * PIECE)));
        open(0);
        CUstream stream = stream();
        CUdeviceptr x = allocate(PIECE, stream);
        answers(JCudaDriver.cuMemAlloc(new CUdeviceptr(), PIECE + 1), CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        ok(JCudaDriver.cuMemFreeAsync(x, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        ok(JCudaDriver.cuMemAlloc(new CUdeviceptr(), PIECE + 1));
    }

    @Test
    void aPoolLetsOtherDevicesInOnlyWhenTold() {
        CudaDouble driver = start();
        try (Arena arena = Arena.ofConfined()) {
            CUstream stream = stream();
            CUdeviceptr x = allocate(4, stream);
            ok(JCudaDriver.cuStreamSynchronize(stream));
            // Device 1, which is to read and write.
            MemorySegment access = arena.allocateFrom(JAVA_INT, 1, 1, READ_AND_WRITE);
            ok(call(
                    driver,
                    "cuMemPoolSetAccess",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
                    defaultPool(driver, arena),
                    access,
                    1L));
            open(1);
            scale(x, 2, stream());
            ok(JCudaDriver.cuCtxSynchronize());
            assertThat(driver.violations()).isEmpty();
            access.set(JAVA_INT, 8, 0);
            ok(call(
                    driver,
                    "cuMemPoolSetAccess",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
                    defaultPool(driver, arena),
                    access,
                    1L));
            CUdeviceptr near = DoubleHost.allocate(4);
            answers(JCudaDriver.cuMemcpyDtoD(near, x, 4), CUresult.CUDA_ERROR_INVALID_VALUE);
            scale(x, 2, stream());
            answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
            assertThat(driver.violations()).hasSize(2);
        }
    }

    private static MemorySegment defaultPool(CudaDouble driver, Arena arena) {
        MemorySegment out = arena.allocate(ADDRESS);
        ok(call(driver, "cuDeviceGetDefaultMemPool", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), out, 0));
        return out.get(ADDRESS, 0);
    }

    private static long attribute(CudaDouble driver, MemorySegment pool, int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            ok(call(driver, "cuMemPoolGetAttribute", ATTRIBUTE, pool, number, out));
            return out.get(JAVA_LONG, 0);
        }
    }

    private static void setThreshold(CudaDouble driver, MemorySegment pool, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            ok(call(driver, "cuMemPoolSetAttribute", ATTRIBUTE, pool, THRESHOLD, arena.allocateFrom(JAVA_LONG, bytes)));
        }
    }

    private static final FunctionDescriptor ATTRIBUTE = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);

    private static int call(CudaDouble driver, String name, FunctionDescriptor descriptor, Object... arguments) {
        try {
            return (int) driver.function(name, descriptor).invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
