package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.pin;
import static dev.kneepoint.backend.cuda.DoubleHost.scale;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Memory that is not there, not there any more or out of reach is noticed. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleMemoryTest {
    private static CudaDouble start() {
        return start(DoubleConfig.of(2));
    }

    private static CudaDouble start(DoubleConfig config) {
        CudaDouble driver = CudaDouble.reset(config);
        open(0);
        return driver;
    }

    private static void assertComplaint(CudaDouble driver, String... words) {
        assertThat(driver.violations()).singleElement().asString().contains(words);
    }

    @Test
    void aDeviceGivesOutNoMoreThanItHas() {
        CudaDouble driver = start(DoubleConfig.of(DoubleConfig.Device.A100));
        CUdeviceptr half = allocate(40L << 30);
        answers(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 41L << 30), CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        long[] free = new long[1];
        long[] total = new long[1];
        ok(JCudaDriver.cuMemGetInfo(free, total));
        assertThat(free[0]).isEqualTo(40L << 30);
        assertThat(total[0]).isEqualTo(80L << 30);
        ok(JCudaDriver.cuMemsetD8(half.withByteOffset((40L << 30) - 1), (byte) 1, 1));
        ok(JCudaDriver.cuMemFree(half));
        ok(JCudaDriver.cuMemAlloc(half, 80L << 30));
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void copiesBeyondAnAllocationAreRefused() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        answers(
                JCudaDriver.cuMemcpyHtoD(x.withByteOffset(4), Pointer.to(new float[2]), 8),
                CUresult.CUDA_ERROR_INVALID_VALUE);
        assertComplaint(driver, "cuMemcpyHtoD_v2", "8 bytes from there are not device memory");
    }

    @Test
    void copiesToFreedMemoryAreRefused() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        ok(JCudaDriver.cuMemFree(x));
        answers(JCudaDriver.cuMemcpyHtoD(x, Pointer.to(new float[2]), 8), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertComplaint(driver, "cuMemcpyHtoD_v2", "was freed before");
    }

    @Test
    void fillingsOfHostMemoryAndOfOddAddressesAreRefused() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        answers(JCudaDriver.cuMemsetD32(x.withByteOffset(2), 0, 1), CUresult.CUDA_ERROR_INVALID_VALUE);
        answers(JCudaDriver.cuMemsetD8(new CUdeviceptr(), (byte) 0, 1), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.violations()).hasSize(2);
    }

    @Test
    void freeingTwiceOrHalfwayIsRefused() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        answers(JCudaDriver.cuMemFree(x.withByteOffset(4)), CUresult.CUDA_ERROR_INVALID_VALUE);
        ok(JCudaDriver.cuMemFree(x));
        answers(JCudaDriver.cuMemFree(x), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.violations()).hasSize(2);
        assertThat(driver.violations().getLast()).contains("was freed before");
    }

    @Test
    void kernelsOnFreedMemoryBreakTheContext() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        ok(JCudaDriver.cuMemFree(x));
        CUstream stream = stream();
        scale(x, 2, stream);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        answers(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 8), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertComplaint(driver, "scale_f32: argument 0: device memory that was freed");
    }

    @Test
    void kernelsOnPageableMemoryBreakTheContext() {
        CudaDouble driver = start();
        CUstream stream = stream();
        CUdeviceptr nowhere = new CUdeviceptr().withByteOffset(4096);
        scale(nowhere, 2, stream);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertComplaint(driver, "scale_f32: argument 0: host memory that is not pinned");
    }

    @Test
    void kernelsThatWriteBeyondTheirMemoryAreNoticed() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(8);
        ok(launch(function(load(PtxModule.ELEMENTS), "fill_f32"), stream(), ONE_BLOCK, x, 3L, 1f));
        ok(JCudaDriver.cuCtxSynchronize());
        assertComplaint(driver, "something wrote beyond device memory");
        assertThat(driver.violations()).hasSize(1);
    }

    @Test
    void pinnedMemoryThatGoesBeforeACopyRunsBreaksTheContext() {
        CudaDouble driver = start();
        CUdeviceptr x = allocate(4);
        Pointer host = pin(1);
        CUstream stream = stream();
        ok(JCudaDriver.cuMemcpyHtoDAsync(x, host, 4, stream));
        ok(JCudaDriver.cuMemFreeHost(host));
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertComplaint(driver, "cuMemcpyHtoDAsync_v2", "host memory that is not pinned, or not any more");
    }

    @Test
    void pinnedMemoryIsFreedOnceAndNotUsedAfterwards() {
        CudaDouble driver = start();
        Pointer host = pin(1);
        ok(JCudaDriver.cuMemFreeHost(host));
        answers(JCudaDriver.cuMemFreeHost(host), CUresult.CUDA_ERROR_INVALID_VALUE);
        answers(JCudaDriver.cuMemcpyHtoD(allocate(4), host, 4), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.violations()).hasSize(2);
    }

    @Test
    void peersNeedAccess() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2));
        CUcontext there = open(1);
        CUdeviceptr far = allocate(4);
        CUcontext here = open(0);
        CUdeviceptr near = allocate(4);
        ok(JCudaDriver.cuMemcpyPeer(near, here, far, there, 4));
        assertComplaint(driver, "cuMemcpyPeer: goes through the host, for peer access is not enabled");
        ok(JCudaDriver.cuCtxEnablePeerAccess(there, 0));
        answers(JCudaDriver.cuCtxEnablePeerAccess(there, 0), CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
        ok(JCudaDriver.cuMemcpyPeer(near, here, far, there, 4));
        scale(far, 2, stream());
        ok(JCudaDriver.cuCtxSynchronize());
        assertThat(driver.violations()).hasSize(1);
        ok(JCudaDriver.cuCtxDisablePeerAccess(there));
        scale(far, 2, stream());
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(driver.violations().getLast()).contains("memory of another device without access to it");
    }

    @Test
    void copiesBetweenPeersNameTheRightContexts() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2).withoutPeers());
        CUcontext there = open(1);
        CUdeviceptr far = allocate(4);
        CUcontext here = open(0);
        CUdeviceptr near = allocate(4);
        ok(JCudaDriver.cuMemcpyPeerAsync(near, here, far, there, 4, stream()));
        answers(JCudaDriver.cuCtxEnablePeerAccess(there, 0), CUresult.CUDA_ERROR_PEER_ACCESS_UNSUPPORTED);
        assertThat(driver.violations()).isEmpty();
        answers(JCudaDriver.cuMemcpyPeerAsync(near, there, far, here, 4, stream()), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertComplaint(driver, "is not memory of the context given for it");
    }
}
