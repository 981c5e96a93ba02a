package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.device;
import static dev.kneepoint.backend.cuda.DoubleHost.event;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.pin;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Handles are used while they are good, in the context that they belong to, and given back once. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleHandleTest {
    private static CudaDouble start() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2));
        open(0);
        return driver;
    }

    private static void assertComplaint(CudaDouble driver, String... words) {
        assertThat(driver.violations()).singleElement().asString().contains(words);
    }

    @Test
    void destroyedStreamsAreNotUsed() {
        CudaDouble driver = start();
        CUstream stream = stream();
        ok(JCudaDriver.cuStreamDestroy(stream));
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_INVALID_HANDLE);
        answers(JCudaDriver.cuStreamDestroy(stream), CUresult.CUDA_ERROR_INVALID_HANDLE);
        assertThat(driver.violations())
                .hasSize(2)
                .allSatisfy(v -> assertThat(v).contains("stream", "was destroyed before"));
    }

    @Test
    void destroyedEventsAreNotUsed() {
        CudaDouble driver = start();
        CUevent event = event();
        ok(JCudaDriver.cuEventDestroy(event));
        answers(JCudaDriver.cuEventRecord(event, stream()), CUresult.CUDA_ERROR_INVALID_HANDLE);
        assertComplaint(driver, "cuEventRecord: event", "was destroyed before");
    }

    @Test
    void functionsGoWithTheirModule() {
        CudaDouble driver = start();
        CUmodule module = load(PtxModule.ELEMENTS);
        CUfunction nothing = function(module, "nothing");
        CUstream stream = stream();
        ok(launch(nothing, stream, ONE_BLOCK));
        ok(JCudaDriver.cuModuleUnload(module));
        answers(launch(nothing, stream, ONE_BLOCK), CUresult.CUDA_ERROR_INVALID_HANDLE);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(driver.violations().getLast()).isEqualTo("nothing: its module was unloaded before it ran");
    }

    @Test
    void handlesFromNowhereAreRefused() {
        start();
        CUstream old = stream();
        CudaDouble driver = start();
        answers(JCudaDriver.cuEventRecord(event(), old), CUresult.CUDA_ERROR_INVALID_HANDLE);
        assertComplaint(driver, "cuEventRecord", "is no stream");
    }

    @Test
    void kernelsAreLaunchedInTheContextOfAllOfTheirParts() {
        CudaDouble driver = start();
        CUfunction nothing = function(load(PtxModule.ELEMENTS), "nothing");
        CUstream here = stream();
        CUevent event = event();
        open(1);
        answers(launch(nothing, stream(), ONE_BLOCK), CUresult.CUDA_ERROR_INVALID_CONTEXT);
        CUfunction there = function(load(PtxModule.ELEMENTS), "nothing");
        answers(launch(there, here, ONE_BLOCK), CUresult.CUDA_ERROR_INVALID_HANDLE);
        answers(JCudaDriver.cuEventRecord(event, stream()), CUresult.CUDA_ERROR_INVALID_HANDLE);
        assertThat(driver.violations())
                .satisfiesExactly(
                        v -> assertThat(v).contains("function nothing belongs to another context"),
                        v -> assertThat(v).contains("belongs to another context than the current one"),
                        v -> assertThat(v).contains("belong to different contexts"));
        ok(JCudaDriver.cuStreamSynchronize(here));
        ok(JCudaDriver.cuStreamWaitEvent(stream(), event, 0));
    }

    @Test
    void nothingGoesWithoutAContext() throws InterruptedException {
        CudaDouble driver = start();
        CUfunction nothing = function(load(PtxModule.ELEMENTS), "nothing");
        Thread other = new Thread(() -> {
            answers(launch(nothing, new CUstream(), ONE_BLOCK), CUresult.CUDA_ERROR_INVALID_CONTEXT);
            CUcontext none = new CUcontext();
            ok(JCudaDriver.cuCtxGetCurrent(none));
            assertThat(none).isEqualTo(new CUcontext());
        });
        other.start();
        other.join();
        assertComplaint(driver, "cuLaunchKernel: no context is current");
    }

    @Test
    void contextsOfOnesOwnAreDestroyedOnce() {
        CudaDouble driver = start();
        CUcontext own = new CUcontext();
        ok(JCudaDriver.cuCtxCreate(own, 0, device(1)));
        CUdeviceptr x = allocate(4);
        ok(JCudaDriver.cuCtxDestroy(own));
        answers(JCudaDriver.cuCtxSetCurrent(own), CUresult.CUDA_ERROR_INVALID_CONTEXT);
        answers(JCudaDriver.cuCtxDestroy(own), CUresult.CUDA_ERROR_INVALID_CONTEXT);
        answers(JCudaDriver.cuMemFree(x), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.violations()).hasSize(3);
        assertThat(driver.leaks()).anySatisfy(l -> assertThat(l).contains("device memory", "was left to its context"));
    }

    @Test
    void primaryContextsAreCounted() {
        CudaDouble driver = start();
        CUstream stream = stream();
        open(0);
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)));
        ok(JCudaDriver.cuStreamDestroy(stream));
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)));
        answers(JCudaDriver.cuDevicePrimaryCtxRelease(device(0)), CUresult.CUDA_ERROR_INVALID_CONTEXT);
        answers(JCudaDriver.cuCtxSynchronize(), CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED);
        assertThat(driver.violations()).hasSize(2);
        assertThat(driver.leaks()).isEmpty();
    }

    @Test
    void contextsAreStacked() {
        start();
        CUcontext below = new CUcontext();
        ok(JCudaDriver.cuCtxGetCurrent(below));
        CUcontext above = new CUcontext();
        ok(JCudaDriver.cuCtxCreate(above, 0, device(1)));
        CUcontext popped = new CUcontext();
        ok(JCudaDriver.cuCtxPopCurrent(popped));
        assertThat(popped).isEqualTo(above);
        ok(JCudaDriver.cuCtxGetCurrent(popped));
        assertThat(popped).isEqualTo(below);
        ok(JCudaDriver.cuCtxPushCurrent(above));
        CUdevice device = new CUdevice();
        ok(JCudaDriver.cuCtxGetDevice(device));
        assertThat(device).isEqualTo(device(1));
    }

    @Test
    void whatIsNotGivenBackIsListed() {
        CudaDouble driver = start();
        stream();
        event();
        load(PtxModule.ROWS);
        allocate(4);
        pin(1);
        assertThat(driver.leaks())
                .satisfiesExactly(
                        l -> assertThat(l).startsWith("device memory").endsWith("of 4 bytes was not freed"),
                        l -> assertThat(l).startsWith("event").endsWith("was not destroyed"),
                        l -> assertThat(l).startsWith("host memory").endsWith("was not freed"),
                        l -> assertThat(l).startsWith("module").endsWith("was not destroyed"),
                        l -> assertThat(l).startsWith("stream").endsWith("was not destroyed"),
                        l -> assertThat(l).isEqualTo("the primary context of device 0 is retained 1 times"));
    }
}
