package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Functions on streams that others take part in: they are tried until they are done, and hold nobody else up. */
@RequiresCompiler({"g++", "nm"})
class CudaDoublePollTest {
    private static final int NOTHING = 0;
    private static final int DONE = 1;
    private static final int WENT_ON = 2;

    private final CudaDouble driver = CudaDouble.reset(DoubleConfig.of(2));
    private final AtomicInteger dropped = new AtomicInteger();

    /** A stream that shows its handle. */
    private static final class Stream extends CUstream {
        MemorySegment handle() {
            return MemorySegment.ofAddress(getNativePointer());
        }
    }

    private static Stream newStream() {
        Stream out = new Stream();
        ok(JCudaDriver.cuStreamCreate(out, 1));
        return out;
    }

    /** Called by the double, as is {@link #drop}. */
    int attempt(IntSupplier what, MemorySegment argument) {
        assertThat(argument.address()).isEqualTo(7);
        return what.getAsInt();
    }

    void drop(MemorySegment argument) {
        assertThat(argument.address()).isEqualTo(7);
        dropped.incrementAndGet();
    }

    private int enqueue(Stream on, IntSupplier what) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle attempt = lookup.findVirtual(
                            CudaDoublePollTest.class,
                            "attempt",
                            MethodType.methodType(int.class, IntSupplier.class, MemorySegment.class))
                    .bindTo(this)
                    .bindTo(what);
            MethodHandle drop = lookup.findVirtual(
                            CudaDoublePollTest.class, "drop", MethodType.methodType(void.class, MemorySegment.class))
                    .bindTo(this);
            Linker linker = Linker.nativeLinker();
            return (int) driver.function(
                            "double_enqueue_poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS))
                    .invoke(
                            on.handle(),
                            linker.upcallStub(attempt, FunctionDescriptor.of(JAVA_INT, ADDRESS), Arena.global()),
                            MemorySegment.ofAddress(7),
                            linker.upcallStub(drop, FunctionDescriptor.ofVoid(ADDRESS), Arena.global()));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void itIsTriedUntilItIsDone() {
        open(0);
        Stream stream = newStream();
        AtomicInteger tries = new AtomicInteger();
        ok(enqueue(stream, () -> tries.incrementAndGet() < 300 ? NOTHING : DONE));
        assertThat(tries).hasValue(0);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(tries).hasValue(300);
        assertThat(dropped).hasValue(1);
    }

    @Test
    void askingTriesItOnce() {
        open(0);
        Stream stream = newStream();
        AtomicInteger tries = new AtomicInteger();
        ok(enqueue(stream, () -> tries.incrementAndGet() < 3 ? WENT_ON : DONE));
        assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(CUresult.CUDA_ERROR_NOT_READY);
        assertThat(tries).hasValue(1);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(tries).hasValue(3);
    }

    @Test
    void whatItWaitsForMayBeOnAnotherStream() {
        open(0);
        Stream first = newStream();
        Stream second = newStream();
        AtomicInteger come = new AtomicInteger();
        ok(enqueue(first, () -> come.get() == 0 ? NOTHING : DONE));
        ok(enqueue(second, () -> {
            come.set(1);
            return DONE;
        }));
        ok(JCudaDriver.cuStreamSynchronize(first));
        assertThat(come).hasValue(1);
    }

    @Test
    void whatItWaitsForMayComeFromAnotherThread() throws InterruptedException {
        open(0);
        Stream first = newStream();
        AtomicInteger come = new AtomicInteger();
        AtomicInteger tries = new AtomicInteger();
        ok(enqueue(first, () -> {
            tries.incrementAndGet();
            return come.get() == 0 ? NOTHING : DONE;
        }));
        Thread other = Thread.ofPlatform().start(() -> {
            while (tries.get() < 200) {
                Thread.onSpinWait();
            }
            open(1);
            Stream second = newStream();
            ok(enqueue(second, () -> {
                come.set(1);
                return DONE;
            }));
            ok(JCudaDriver.cuStreamSynchronize(second));
        });
        ok(JCudaDriver.cuStreamSynchronize(first));
        other.join();
        assertThat(dropped).hasValue(2);
    }

    @Test
    void whatComesAfterItWaits() {
        open(0);
        Stream first = newStream();
        CUstream second = stream();
        AtomicInteger tries = new AtomicInteger();
        ok(enqueue(first, () -> tries.incrementAndGet() < 10 ? NOTHING : DONE));
        CUevent event = DoubleHost.event();
        ok(JCudaDriver.cuEventRecord(event, first));
        ok(JCudaDriver.cuStreamWaitEvent(second, event, 0));
        assertThat(JCudaDriver.cuStreamQuery(second)).isEqualTo(CUresult.CUDA_ERROR_NOT_READY);
        ok(JCudaDriver.cuStreamSynchronize(second));
        assertThat(tries).hasValue(10);
    }

    /** A device would go on with it by itself. */
    @Test
    void advancingGoesAsFarAsItCan() throws Throwable {
        open(0);
        AtomicInteger tries = new AtomicInteger();
        ok(enqueue(newStream(), () -> tries.incrementAndGet() < 5 ? WENT_ON : NOTHING));
        driver.function("double_advance", FunctionDescriptor.ofVoid()).invoke();
        assertThat(tries).hasValue(5);
    }

    @Test
    void aContextThatFailsEndsItUntried() {
        open(0);
        Stream stream = newStream();
        AtomicInteger tries = new AtomicInteger();
        driver.failKernel(1, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        ok(enqueue(stream, () -> {
            tries.incrementAndGet();
            return DONE;
        }));
        assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(tries).hasValue(0);
        assertThat(dropped).hasValue(1);
    }

    @Test
    void aStreamOfAnotherContextIsRefusedAndTheArgumentGivenBack() {
        open(0);
        Stream stream = newStream();
        CUcontext other = open(1);
        assertThat(other).isNotNull();
        assertThat(enqueue(stream, () -> DONE)).isEqualTo(CUresult.CUDA_ERROR_INVALID_HANDLE);
        assertThat(dropped).hasValue(1);
    }

    @Test
    void aNewDriverDropsIt() {
        open(0);
        ok(enqueue(newStream(), () -> DONE));
        CudaDouble.reset(DoubleConfig.of(1));
        assertThat(dropped).hasValue(1);
    }
}
