package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.device;
import static dev.kneepoint.backend.cuda.DoubleHost.download;
import static dev.kneepoint.backend.cuda.DoubleHost.enqueue;
import static dev.kneepoint.backend.cuda.DoubleHost.event;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.scale;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static dev.kneepoint.backend.cuda.DoubleHost.upcall;
import static dev.kneepoint.backend.cuda.DoubleHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices fail, hang and get lost when they are told to. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleFaultTest {
    private static CudaDouble start() {
        return start(DoubleConfig.of(1));
    }

    private static CudaDouble start(DoubleConfig config) {
        CudaDouble driver = CudaDouble.reset(config);
        open(0);
        return driver;
    }

    @Test
    void theNthCallOfAFunctionFails() {
        CudaDouble driver = start();
        driver.failAt("cuMemAlloc", 2, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        CUdeviceptr out = allocate(4);
        answers(JCudaDriver.cuMemAlloc(out, 4), CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        ok(JCudaDriver.cuMemAlloc(out, 4));
        assertThat(driver.counts()).containsEntry("cuMemAlloc_v2", 3L);
    }

    @Test
    void theNthCallOfAllFails() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        driver.failAtCall(2, CUresult.CUDA_ERROR_UNKNOWN);
        ok(JCudaDriver.cuInit(0));
        answers(JCudaDriver.cuDeviceGetCount(new int[1]), CUresult.CUDA_ERROR_UNKNOWN);
        ok(JCudaDriver.cuDeviceGetCount(new int[1]));
        assertThat(driver.calls()).containsExactly("cuInit", "cuDeviceGetCount", "cuDeviceGetCount");
    }

    @Test
    void aBrokenContextStaysBrokenUntilItIsReset() {
        CudaDouble driver = start();
        CUstream stream = stream();
        driver.breakAt("cuStreamSynchronize", 1, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
        answers(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4), CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
        answers(JCudaDriver.cuStreamDestroy(stream), CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
        ok(JCudaDriver.cuDevicePrimaryCtxReset(device(0)));
        allocate(4);
        answers(JCudaDriver.cuStreamDestroy(stream), CUresult.CUDA_ERROR_INVALID_HANDLE);
    }

    @Test
    void aBrokenContextIsRepairedByGivingItBack() {
        CudaDouble driver = start();
        allocate(4);
        driver.breakAtCall(1, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)));
        open(0);
        ok(JCudaDriver.cuCtxSynchronize());
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)));
        assertThat(driver.leaks()).isEmpty();
    }

    @Test
    void aLostDeviceStaysLost() {
        CudaDouble driver = start(DoubleConfig.of(1).stayingLost());
        driver.breakAtCall(1, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        ok(JCudaDriver.cuDevicePrimaryCtxReset(device(0)));
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)));
        answers(JCudaDriver.cuDevicePrimaryCtxRetain(new CUcontext(), device(0)), CUresult.CUDA_ERROR_LAUNCH_FAILED);
    }

    @Test
    void aKernelFailsWhenItRuns() {
        CudaDouble driver = start();
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        driver.failKernel(2, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        scale(x, 2, stream);
        scale(x, 2, stream);
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, stream));
        answers(JCudaDriver.cuEventSynchronize(event), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void aKernelThatNoDeviceWouldEndFails() {
        CudaDouble driver = start();
        CUmodule module = new CUmodule();
        ok(JCudaDriver.cuModuleLoadData(module, """
                .version 6.3
                .target sm_75
                .address_size 64
                .visible .entry leaves_a_barrier_out(.param .u64 out) { ret; }
                """));
        ok(launch(function(module, "leaves_a_barrier_out"), stream(), ONE_BLOCK, allocate(4)));
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(driver.violations())
                .singleElement()
                .asString()
                .startsWith("leaves_a_barrier_out: threads wait at a barrier or shuffle that others");
        // Nothing of it is left to those that come after it.
        start();
        CUdeviceptr x = upload(1);
        scale(x, 2, new CUstream());
        assertThat(download(x, 1)).containsExactly(2);
    }

    @ParameterizedTest
    @EnumSource(DoubleConfig.Order.class)
    void aStalledStreamNeverGetsReady(DoubleConfig.Order order) throws Exception {
        CudaDouble driver = start(DoubleConfig.of(1).with(order));
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        CUcontext context = new CUcontext();
        ok(JCudaDriver.cuCtxGetCurrent(context));
        driver.stall(2);
        scale(x, 2, stream);
        scale(x, 3, stream);
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, stream));
        for (int i = 0; i < 100; i++) {
            answers(JCudaDriver.cuStreamQuery(stream), CUresult.CUDA_ERROR_NOT_READY);
            answers(JCudaDriver.cuEventQuery(event), CUresult.CUDA_ERROR_NOT_READY);
        }
        ok(JCudaDriver.cuStreamSynchronize(stream()));
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<Integer> waits = other.submit(() -> {
                ok(JCudaDriver.cuCtxSetCurrent(context));
                return JCudaDriver.cuStreamSynchronize(stream);
            });
            Thread.sleep(50);
            assertThat(waits.isDone()).isFalse();
            driver.release();
            ok(waits.get(10, TimeUnit.SECONDS));
        }
        assertThat(download(x, 1)).containsExactly(6);
    }

    @Test
    void aResetEndsTheWaitForAStalledStream() throws Exception {
        CudaDouble driver = start();
        CUcontext context = new CUcontext();
        ok(JCudaDriver.cuCtxGetCurrent(context));
        driver.stall(1);
        scale(upload(1), 2, stream());
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<Integer> waits = other.submit(() -> {
                ok(JCudaDriver.cuCtxSetCurrent(context));
                return JCudaDriver.cuCtxSynchronize();
            });
            Thread.sleep(50);
            CudaDouble.reset(DoubleConfig.of(1));
            answers(waits.get(10, TimeUnit.SECONDS), CUresult.CUDA_ERROR_DEINITIALIZED);
        }
    }

    @Test
    void threadsShareADevice() throws Exception {
        CudaDouble driver = start();
        CUcontext context = new CUcontext();
        ok(JCudaDriver.cuCtxGetCurrent(context));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Float>> results = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                results.add(threads.submit(() -> doubled(context)));
            }
            for (Future<Float> result : results) {
                assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(1 << 20);
            }
        }
        assertThat(driver.violations()).isEmpty();
    }

    private static float doubled(CUcontext context) {
        ok(JCudaDriver.cuCtxSetCurrent(context));
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        for (int i = 0; i < 20; i++) {
            scale(x, 2, stream);
            CUevent event = event();
            ok(JCudaDriver.cuEventRecord(event, stream));
            ok(JCudaDriver.cuEventSynchronize(event));
        }
        return download(x, 1)[0];
    }

    @Test
    void otherDoublesPutWorkOnStreams() {
        CudaDouble driver = start();
        long x = address(upload(1));
        List<String> seen = new ArrayList<>();
        Runnable work = () -> {
            seen.add("ran");
            seen.add("memory " + driver.memory(x, 4) + " " + driver.memory(x, 8));
            seen.add("device " + JCudaDriver.cuDeviceGetCount(new int[1]));
        };
        try (Arena arena = Arena.ofShared()) {
            ok(enqueue(driver, MemorySegment.NULL, upcall(work, arena), upcall(() -> seen.add("dropped"), arena)));
            assertThat(seen).isEmpty();
            ok(JCudaDriver.cuCtxSynchronize());
        }
        assertThat(seen)
                .containsExactly("ran", "memory true false", "device " + CUresult.CUDA_ERROR_NOT_PERMITTED, "dropped");
        assertThat(driver.violations()).singleElement().asString().contains("which may call nothing");
    }

    @Test
    void hostFunctionsRunInTheOrderOfTheirStream() {
        CudaDouble driver = start();
        CUstream stream = stream();
        List<String> seen = new ArrayList<>();
        ok(JCudaDriver.cuLaunchHostFunc(stream, word -> seen.add(word.toString()), "first"));
        ok(JCudaDriver.cuLaunchHostFunc(stream, word -> seen.add(word.toString()), "second"));
        assertThat(seen).isEmpty();
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(seen).containsExactly("first", "second");
        assertThat(driver.violations()).isEmpty();
    }

    private static long address(CUdeviceptr x) {
        // JCuda shows the number nowhere else.
        return Long.parseUnsignedLong(x.toString().replaceAll(".*nativePointer=0x([0-9a-f]+).*", "$1"), 16);
    }
}
