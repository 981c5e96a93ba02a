package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A rank's GPU with a stream, for one thread. */
final class TestRank implements AutoCloseable {
    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final Stream stream = new Stream();
    private final List<Memory> memory = new ArrayList<>();

    private TestRank() {}

    /** Shows the number that JCuda keeps to itself. */
    private static final class Stream extends CUstream {
        long address() {
            return getNativePointer();
        }
    }

    /** The same for memory. */
    private static final class Memory extends CUdeviceptr {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    /** Opens a GPU, which is the current one afterwards. */
    static TestRank open(int device) {
        TestRank out = new TestRank();
        ok(JCudaDriver.cuInit(0));
        ok(JCudaDriver.cuDeviceGet(out.device, device));
        ok(JCudaDriver.cuDevicePrimaryCtxRetain(out.context, out.device));
        out.use();
        ok(JCudaDriver.cuStreamCreate(out.stream, 1));
        return out;
    }

    static void ok(int code) {
        assertThat(CUresult.stringFor(code)).isEqualTo("CUDA_SUCCESS");
    }

    /** Makes its GPU the current one. */
    void use() {
        ok(JCudaDriver.cuCtxSetCurrent(context));
    }

    long stream() {
        return stream.address();
    }

    CUstream handle() {
        return stream;
    }

    /** Device memory that is given back at the end. */
    long allocate(long bytes) {
        Memory out = new Memory();
        use();
        ok(JCudaDriver.cuMemAlloc(out, Math.max(1, bytes)));
        memory.add(out);
        return out.address();
    }

    long upload(byte[] bytes) {
        long out = allocate(bytes.length);
        ok(JCudaDriver.cuMemcpyHtoD(memory.getLast(), Pointer.to(bytes), bytes.length));
        ok(JCudaDriver.cuCtxSynchronize());
        return out;
    }

    /** Waits for the stream, then reads memory. */
    byte[] download(long address, int bytes) {
        use();
        synchronize();
        byte[] out = new byte[bytes];
        ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(out), pointer(address), bytes));
        return out;
    }

    void synchronize() {
        ok(JCudaDriver.cuStreamSynchronize(stream));
    }

    /** Whether everything on the stream has run. */
    boolean isDone() {
        int code = JCudaDriver.cuStreamQuery(stream);
        if (code != CUresult.CUDA_ERROR_NOT_READY) {
            ok(code);
        }
        return code == CUresult.CUDA_SUCCESS;
    }

    private Memory pointer(long address) {
        return memory.stream().filter(m -> m.address() == address).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        use();
        memory.forEach(m -> ok(JCudaDriver.cuMemFree(m)));
        ok(JCudaDriver.cuStreamDestroy(stream));
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }
}
