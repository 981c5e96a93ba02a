package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.download;
import static dev.kneepoint.backend.cuda.DoubleHost.event;
import static dev.kneepoint.backend.cuda.DoubleHost.floats;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.pin;
import static dev.kneepoint.backend.cuda.DoubleHost.scale;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static dev.kneepoint.backend.cuda.DoubleHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Nothing runs before it must, so that a host program that forgets to wait is found out. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleOrderTest {
    private static final int BLOCKING = 0;

    private static CudaDouble start() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        return driver;
    }

    @Test
    void whatNobodyWaitsForDoesNotRun() {
        start();
        Pointer host = pin(7);
        CUdeviceptr x = upload(1);
        ok(JCudaDriver.cuMemcpyDtoHAsync(host, x, 4, stream()));
        assertThat(floats(host, 1).get(0)).isEqualTo(7);
        ok(JCudaDriver.cuCtxSynchronize());
        assertThat(floats(host, 1).get(0)).isEqualTo(1);
    }

    @Test
    void aMissingEventGivesAWrongValue() {
        start();
        CUdeviceptr x = upload(1);
        CUstream first = stream();
        scale(x, 10, first);
        assertThat(readOn(stream(), x)).isEqualTo(1);
    }

    @Test
    void anEventGivesTheRightValue() {
        start();
        CUdeviceptr x = upload(1);
        CUstream first = stream();
        CUstream second = stream();
        scale(x, 10, first);
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, first));
        ok(JCudaDriver.cuStreamWaitEvent(second, event, 0));
        assertThat(readOn(second, x)).isEqualTo(10);
    }

    /** Waits for this stream and for no other. */
    private static float readOn(CUstream stream, CUdeviceptr x) {
        Pointer host = pin(0);
        ok(JCudaDriver.cuMemcpyDtoHAsync(host, x, 4, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        return floats(host, 1).get(0);
    }

    @Test
    void pinnedMemoryIsReadWhenTheCopyRuns() {
        start();
        Pointer host = pin(1);
        CUdeviceptr x = allocate(4);
        CUstream stream = stream();
        ok(JCudaDriver.cuMemcpyHtoDAsync(x, host, 4, stream));
        floats(host, 1).put(0, 2);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(x, 1)).containsExactly(2);
    }

    @Test
    void pageableMemoryIsReadAtTheCallAndWrittenBeforeItReturns() {
        start();
        float[] host = {1};
        CUdeviceptr x = allocate(4);
        CUstream stream = stream();
        ok(JCudaDriver.cuMemcpyHtoDAsync(x, Pointer.to(host), 4, stream));
        host[0] = 2;
        ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(host), x, 4, stream));
        assertThat(host).containsExactly(1);
    }

    @Test
    void newMemoryHoldsNoNumbers() {
        start();
        assertThat(download(allocate(8), 2)).containsExactly(Float.NaN, Float.NaN);
    }

    @Test
    void theNullStreamAndThoseThatHeedItWaitForEachOther() {
        start();
        CUdeviceptr x = upload(1);
        CUstream heeds = stream(BLOCKING);
        scale(x, 10, heeds);
        assertThat(download(x, 1)).containsExactly(10);
        scale(x, 10, new CUstream());
        assertThat(readOn(heeds, x)).isEqualTo(100);
        scale(x, 10, new CUstream());
        assertThat(readOn(stream(), x)).isEqualTo(100);
    }

    @Test
    void fillingsDoNotWait() {
        start();
        CUdeviceptr x = upload(1, 1);
        ok(JCudaDriver.cuMemsetD32(x, Float.floatToRawIntBits(5), 2));
        assertThat(readOn(stream(), x)).isEqualTo(1);
        ok(JCudaDriver.cuCtxSynchronize());
        assertThat(download(x, 2)).containsExactly(5, 5);
        ok(JCudaDriver.cuMemsetD16(x, (short) 0x4000, 1));
        ok(JCudaDriver.cuMemsetD8(x, (byte) 0, 1));
        assertThat(Float.floatToRawIntBits(download(x, 1)[0]) & 0xffff).isEqualTo(0x4000);
    }

    @Test
    void freeingWaitsForTheDevice() {
        CudaDouble driver = start();
        CUdeviceptr x = upload(1);
        Pointer host = pin(0);
        CUstream stream = stream();
        scale(x, 3, stream);
        ok(JCudaDriver.cuMemcpyDtoHAsync(host, x, 4, stream));
        ok(JCudaDriver.cuMemFree(x));
        assertThat(floats(host, 1).get(0)).isEqualTo(3);
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void queriesMoveTheDeviceOnLittleByLittle() {
        start();
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        for (int i = 0; i < 5; i++) {
            scale(x, 2, stream);
        }
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, stream));
        int refusals = 0;
        while (JCudaDriver.cuEventQuery(event) == CUresult.CUDA_ERROR_NOT_READY) {
            refusals++;
        }
        // The first five cannot have been enough: each of them runs one command of six.
        assertThat(refusals).isBetween(5, 6);
        ok(JCudaDriver.cuStreamQuery(stream));
        assertThat(download(x, 1)).containsExactly(32);
    }

    @Test
    void theOrderAmongStreamsIsRandomAndSeeded() {
        Set<Float> results = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            float first = race(seed);
            assertThat(race(seed)).as("seed %d", seed).isEqualTo(first);
            results.add(first);
        }
        // 1 * 3 + 4, or (1 + 4) * 3.
        assertThat(results).containsExactlyInAnyOrder(7f, 15f);
    }

    private static float race(int seed) {
        CudaDouble.reset(DoubleConfig.of(1).withSeed(seed));
        open(0);
        CUdeviceptr x = upload(1);
        CUdeviceptr four = upload(4);
        CUfunction add = function(load(PtxModule.ELEMENTS), "add_f32");
        scale(x, 3, stream());
        ok(launch(add, stream(), ONE_BLOCK, x, four, x, 1L));
        ok(JCudaDriver.cuCtxSynchronize());
        return download(x, 1)[0];
    }

    @Test
    void aHastyDeviceRunsWhatNobodyWaitsFor() {
        Set<Float> results = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            CudaDouble.reset(DoubleConfig.of(1).with(DoubleConfig.Order.HASTY).withSeed(seed));
            open(0);
            CUdeviceptr x = upload(1);
            CUstream reads = stream();
            Pointer host = pin(0);
            ok(JCudaDriver.cuMemcpyDtoHAsync(host, x, 4, reads));
            scale(x, 10, stream());
            ok(JCudaDriver.cuStreamSynchronize(reads));
            results.add(floats(host, 1).get(0));
        }
        assertThat(results).containsExactlyInAnyOrder(1f, 10f);
    }

    @Test
    void eventsTakeTheTimeWhenTheyRun() {
        start();
        CUstream stream = stream();
        CUevent before = event();
        CUevent after = event();
        float[] millis = new float[1];
        answers(JCudaDriver.cuEventElapsedTime(millis, before, after), CUresult.CUDA_ERROR_INVALID_HANDLE);
        ok(JCudaDriver.cuEventRecord(before, stream));
        CUdeviceptr x = allocate(4L << 20);
        ok(launch(function(load(PtxModule.ELEMENTS), "fill_f32"), stream, new int[] {64, 1, 1}, x, 1L << 20, 1f));
        ok(JCudaDriver.cuEventRecord(after, stream));
        answers(JCudaDriver.cuEventElapsedTime(millis, before, after), CUresult.CUDA_ERROR_NOT_READY);
        ok(JCudaDriver.cuEventSynchronize(after));
        ok(JCudaDriver.cuEventElapsedTime(millis, before, after));
        assertThat(millis[0]).isGreaterThan(0.05f);
        float forwards = millis[0];
        ok(JCudaDriver.cuEventElapsedTime(millis, after, before));
        assertThat(millis[0]).isEqualTo(-forwards);
        CUevent timeless = new CUevent();
        ok(JCudaDriver.cuEventCreate(timeless, 2));
        answers(JCudaDriver.cuEventElapsedTime(millis, before, timeless), CUresult.CUDA_ERROR_INVALID_HANDLE);
    }

    @Test
    void copiesBetweenContextsKeepTheirPlaceInBoth() {
        CudaDouble.reset(DoubleConfig.of(2).withoutPeers());
        CUcontext there = open(1);
        CUdeviceptr to = allocate(4);
        CUcontext here = open(0);
        CUdeviceptr from = upload(1);
        scale(from, 10, stream());
        ok(JCudaDriver.cuMemcpyPeer(to, there, from, here, 4));
        ok(JCudaDriver.cuCtxSetCurrent(there));
        CUstream stream = stream();
        assertThat(readOn(stream, to)).isEqualTo(10);
    }
}
