package dev.kneepoint.backend.cuda;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/**
 * The primary context of a device, which is also that of other libraries in the process. Every method makes it current on
 * the calling thread first: a host may use CUDA on the same thread. After a failure that the context does not survive each
 * call but closing says so. Thread-safe.
 */
final class CudaContext implements AutoCloseable {
    /** Long enough for most kernels to end while the host looks, short enough to waste no core. */
    private static final int LOOKS = 2000;

    private static final long PAUSE_NANOS = 20_000;

    private final CudaDeviceInfo info;
    private final CUdevice device;
    private final CUcontext handle;
    private final Duration patience;
    private final DeviceWatch watch;
    private volatile boolean hangs;
    private final AtomicReference<Optional<CudaException>> loss = new AtomicReference<>(Optional.empty());

    private CudaContext(CudaDeviceInfo info, CUdevice device, CUcontext handle, Duration patience, DeviceWatch watch) {
        this.info = info;
        this.device = device;
        this.handle = handle;
        this.patience = patience;
        this.watch = watch;
    }

    /**
     * Opens a device.
     *
     * @param patience longest wait for something that the device does
     * @param watch what else may keep it from coming to an end
     * @throws CudaException if the driver refuses
     */
    static CudaContext open(CudaDeviceInfo info, Duration patience, DeviceWatch watch) {
        CUdevice device = CudaDiscovery.handle(info.ordinal());
        CUcontext handle = new CUcontext();
        DriverStatus.check(
                JCudaDriver.cuDevicePrimaryCtxRetain(handle, device), "cuDevicePrimaryCtxRetain of " + info.label());
        return new CudaContext(info, device, handle, patience, watch);
    }

    CudaDeviceInfo info() {
        return info;
    }

    CUcontext handle() {
        return handle;
    }

    /**
     * Makes the context current.
     *
     * @throws CudaException if it is lost
     */
    void enter() {
        Optional<CudaException> lost = loss.get();
        if (lost.isPresent()) {
            throw lost.get().again();
        }
        check(JCudaDriver.cuCtxSetCurrent(handle), "cuCtxSetCurrent");
    }

    /** Whether nothing runs on it any more, for good. */
    boolean isLost() {
        return loss.get().isPresent();
    }

    /**
     * Checks a call.
     *
     * @throws CudaException unless it went well
     */
    void check(int status, String call) {
        if (status != DriverStatus.SUCCESS) {
            throw failure(status, call);
        }
    }

    /** The failure of a call; if the context does not survive it, that is remembered. */
    CudaException failure(int status, String call) {
        CudaException failure = DriverStatus.failure(status, call);
        return DriverStatus.isSticky(status) ? lose(failure) : failure;
    }

    private CudaException lose(CudaException why) {
        CudaException lost = why.lost();
        loss.compareAndSet(Optional.empty(), Optional.of(lost));
        return lost;
    }

    /**
     * Waits for something on the device by asking again and again, since a call that waits itself would never come back
     * from a device that hangs.
     *
     * @param query answers with NOT_READY as long as there is something to wait for
     * @param call what it is
     * @throws CudaException if it fails, or takes longer than the patience: the context then counts as lost
     */
    void await(IntSupplier query, String call) {
        long start = System.nanoTime();
        for (int look = 0; true; look++) {
            int status = query.getAsInt();
            if (status != DriverStatus.NOT_READY) {
                check(status, call);
                return;
            }
            if (look < LOOKS) {
                Thread.onSpinWait();
                continue;
            }
            watch.look();
            if (System.nanoTime() - start > patience.toNanos()) {
                watch.late(patience);
                hangs = true;
                throw lose(CudaException.driver(
                        call,
                        status,
                        "CUDA_ERROR_NOT_READY",
                        "the device has not come to an end for " + patience.toSeconds() + " s"));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Gives the context back; other users of the device keep theirs. That of a device that hangs stays: it would wait. */
    @Override
    public void close() {
        if (!hangs) {
            DriverStatus.check(
                    JCudaDriver.cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease of " + info.label());
        }
    }
}
