package dev.kneepoint.backend.cuda;

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
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jcuda.Pointer;
import jcuda.Sizeof;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** The little that tests of the double need of a host program. */
final class DoubleHost {
    static final int[] ONE_BLOCK = {1, 1, 1};

    private DoubleHost() {}

    static void ok(int code) {
        answers(code, CUresult.CUDA_SUCCESS);
    }

    static void answers(int code, int expected) {
        assertThat(CUresult.stringFor(code)).isEqualTo(CUresult.stringFor(expected));
    }

    static CUdevice device(int number) {
        CUdevice device = new CUdevice();
        ok(JCudaDriver.cuDeviceGet(device, number));
        return device;
    }

    /** The primary context of a device, which becomes current. */
    static CUcontext open(int device) {
        ok(JCudaDriver.cuInit(0));
        CUcontext context = new CUcontext();
        ok(JCudaDriver.cuDevicePrimaryCtxRetain(context, device(device)));
        ok(JCudaDriver.cuCtxSetCurrent(context));
        return context;
    }

    static CUdeviceptr allocate(long bytes) {
        CUdeviceptr out = new CUdeviceptr();
        ok(JCudaDriver.cuMemAlloc(out, bytes));
        return out;
    }

    /** Waits for the copy: what comes from pageable memory may arrive after the call. */
    static CUdeviceptr upload(float... values) {
        CUdeviceptr out = allocate((long) values.length * Sizeof.FLOAT);
        ok(JCudaDriver.cuMemcpyHtoD(out, Pointer.to(values), (long) values.length * Sizeof.FLOAT));
        ok(JCudaDriver.cuCtxSynchronize());
        return out;
    }

    /** Waits for the null stream, and for streams that heed it. */
    static float[] download(CUdeviceptr from, int count) {
        float[] out = new float[count];
        ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(out), from, (long) count * Sizeof.FLOAT));
        return out;
    }

    /** Pinned host memory. */
    static Pointer pin(float... values) {
        Pointer out = new Pointer();
        ok(JCudaDriver.cuMemHostAlloc(out, (long) values.length * Sizeof.FLOAT, 0));
        floats(out, values.length).put(values);
        return out;
    }

    static FloatBuffer floats(Pointer pinned, int count) {
        return pinned.getByteBuffer(0, (long) count * Sizeof.FLOAT)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** A stream that does not heed the null stream. */
    static CUstream stream() {
        return stream(1);
    }

    static CUstream stream(int flags) {
        CUstream out = new CUstream();
        ok(JCudaDriver.cuStreamCreate(out, flags));
        return out;
    }

    static CUevent event() {
        CUevent out = new CUevent();
        ok(JCudaDriver.cuEventCreate(out, 0));
        return out;
    }

    static CUmodule load(PtxModule module) {
        CUmodule out = new CUmodule();
        ok(JCudaDriver.cuModuleLoadData(out, module.ptx()));
        return out;
    }

    static CUfunction function(CUmodule module, String name) {
        CUfunction out = new CUfunction();
        ok(JCudaDriver.cuModuleGetFunction(out, module, name));
        return out;
    }

    static int launch(CUfunction function, CUstream stream, int[] grid, Object... arguments) {
        return JCudaDriver.cuLaunchKernel(
                function, grid[0], grid[1], grid[2], 256, 1, 1, 0, stream, packed(arguments), new Pointer());
    }

    /** Scales a number, in the background. */
    static void scale(CUdeviceptr x, float factor, CUstream stream) {
        ok(launch(function(load(PtxModule.ELEMENTS), "scale_f32"), stream, ONE_BLOCK, x, 1L, factor));
    }

    /** A function of one pointer that does something, for as long as the arena is open. */
    static MemorySegment upcall(Runnable work, Arena arena) {
        try {
            MethodHandle run = MethodHandles.lookup()
                    .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(work);
            return Linker.nativeLinker()
                    .upcallStub(
                            MethodHandles.dropArguments(run, 0, MemorySegment.class),
                            FunctionDescriptor.ofVoid(ADDRESS),
                            arena);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Puts work on a stream as other doubles do. */
    static int enqueue(CudaDouble driver, MemorySegment stream, MemorySegment work, MemorySegment drop) {
        try {
            return (int) driver.function(
                            "double_enqueue", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS))
                    .invoke(stream, work, MemorySegment.NULL, drop);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static Pointer packed(Object... arguments) {
        Pointer[] out = new Pointer[arguments.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (arguments[i]) {
                case CUdeviceptr p -> Pointer.to(p);
                case Integer n -> Pointer.to(new int[] {n});
                case Long n -> Pointer.to(new long[] {n});
                case Float x -> Pointer.to(new float[] {x});
                default -> throw new IllegalArgumentException("kernels take no " + arguments[i].getClass());
            };
        }
        return Pointer.to(out);
    }
}
