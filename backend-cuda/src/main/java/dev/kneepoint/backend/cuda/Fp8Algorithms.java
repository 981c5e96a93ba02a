package dev.kneepoint.backend.cuda;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which FP8 products cuBLASLt has an algorithm for on a device. It is asked once for each shape, by a handle that multiplies
 * nothing: a plan's memory, and what is said of its figures, depend on the answer before anything runs. Thread-safe.
 */
final class Fp8Algorithms implements AutoCloseable {
    private final CudaDevice device;
    private final Map<Fp8Shape, Boolean> known = new ConcurrentHashMap<>();
    private Optional<CublasLt> handle = Optional.empty();

    Fp8Algorithms(CudaDevice device) {
        this.device = device;
    }

    /**
     * Whether there is one that needs no more workspace than streams have.
     *
     * @throws CudaException if cuBLASLt fails otherwise than for want of one
     */
    boolean has(Fp8Shape shape) {
        Boolean answer = known.get(shape);
        return answer == null ? ask(shape) : answer;
    }

    private synchronized boolean ask(Fp8Shape shape) {
        return known.computeIfAbsent(shape, s -> {
            device.context().enter();
            if (handle.isEmpty()) {
                handle = device.blas().lt().found().map(CublasLt::open);
            }
            long workspace = StreamBlas.workspaceBytes(device.info());
            return handle.map(lt -> lt.supports(s, workspace)).orElse(false);
        });
    }

    /** Gives the handle back; the device's context must be current. */
    @Override
    public synchronized void close() {
        Optional<CublasLt> last = handle;
        handle = Optional.empty();
        last.ifPresent(CublasLt::close);
    }
}
