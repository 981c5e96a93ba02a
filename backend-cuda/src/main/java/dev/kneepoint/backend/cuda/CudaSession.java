package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DeviceSet;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.spi.BackendException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The devices that a backend has opened, with their kernels. Confined to the backend. */
final class CudaSession implements DeviceSet, AutoCloseable {
    private final List<CudaDevice> devices;
    private final List<CudaKernels> kernels;
    private final List<CudaContext[]> peers = new ArrayList<>();
    private final boolean direct;

    private CudaSession(List<CudaDevice> devices, List<CudaKernels> kernels, boolean direct) {
        this.devices = List.copyOf(devices);
        this.kernels = List.copyOf(kernels);
        this.direct = direct;
    }

    /**
     * Opens devices.
     *
     * @param found at least one
     * @param patience longest wait for something that a device does
     * @param blas what multiplies matrices beside our own kernels
     * @param tensorFloat whether cuBLAS may take single precision to TF32
     */
    static CudaSession open(List<CudaDeviceInfo> found, Duration patience, BlasLibraries blas, boolean tensorFloat) {
        return open(found, patience, blas, tensorFloat, DeviceWatch.NOTHING);
    }

    /** The same with a watch over waits for the devices. */
    static CudaSession open(
            List<CudaDeviceInfo> found, Duration patience, BlasLibraries blas, boolean tensorFloat, DeviceWatch watch) {
        List<CudaDevice> open = new ArrayList<>();
        try {
            for (CudaDeviceInfo info : found) {
                open.add(CudaDevice.open(info, patience, found.size() == 1, blas, watch));
            }
            CudaSession session = new CudaSession(
                    open,
                    open.stream().map(d -> new CudaKernels(d, tensorFloat)).toList(),
                    reachEachOther(found));
            if (session.direct) {
                session.connect();
            }
            return session;
        } catch (RuntimeException | Error e) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(() -> {
                    throw e;
                });
                open.forEach(device -> cleanup.then(device::close));
            }
            throw e;
        }
    }

    /** Whether kernels of every device may read the memory of every other. */
    private static boolean reachEachOther(List<CudaDeviceInfo> found) {
        for (CudaDeviceInfo one : found) {
            for (CudaDeviceInfo other : found) {
                if (one.ordinal() != other.ordinal() && !CudaDiscovery.reaches(one.ordinal(), other.ordinal())) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Lets the devices into each other's memory; somebody else in the process may have done so before. */
    private void connect() {
        for (CudaDevice from : devices) {
            for (CudaDevice to : devices) {
                if (from == to) {
                    continue;
                }
                from.context().enter();
                int status = JCudaDriver.cuCtxEnablePeerAccess(to.context().handle(), 0);
                if (status == CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
                    continue;
                }
                from.context().check(status, "cuCtxEnablePeerAccess");
                peers.add(new CudaContext[] {from.context(), to.context()});
            }
        }
    }

    @Override
    public CudaDevice device(int rank) {
        return devices.get(rank % devices.size());
    }

    @Override
    public CudaKernels kernels(int rank) {
        return kernels.get(rank % kernels.size());
    }

    @Override
    public boolean direct() {
        return direct;
    }

    @Override
    public BackendException located(BackendException failure, int place, int rank, String op) {
        return failure instanceof CudaException e
                ? e.at(rank, op, device(place).info().label())
                : failure;
    }

    int size() {
        return devices.size();
    }

    /** The devices that so many ranks use, in words. */
    String describe(int ranks) {
        Map<String, Integer> used = new LinkedHashMap<>();
        for (CudaDevice d : devices.subList(0, Math.min(ranks, devices.size()))) {
            used.merge(d.name() + " (compute capability " + d.info().version() + ")", 1, Integer::sum);
        }
        return used.entrySet().stream()
                .map(e -> e.getValue() + " x " + e.getKey())
                .collect(Collectors.joining(" + "));
    }

    /**
     * What sets the devices of so many ranks apart from the accelerator that a plan's metrics are measured by.
     *
     * @return for people, of the first device that is another one; empty if none is
     */
    Optional<String> difference(Accelerator planned, int ranks) {
        for (CudaDevice d : devices.subList(0, Math.min(ranks, devices.size()))) {
            Optional<String> difference = PlannedDevice.difference(d.info(), planned);
            if (difference.isPresent()) {
                return Optional.of("the plan has " + planned.name() + ", by which MFU and cost are counted, but "
                        + d.name() + " is " + difference.get());
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            kernels.forEach(k -> cleanup.then(k::close));
            peers.forEach(pair -> cleanup.then(() -> disconnect(pair[0], pair[1])));
            peers.clear();
            devices.forEach(d -> cleanup.then(d::close));
        }
    }

    private static void disconnect(CudaContext from, CudaContext to) {
        if (!from.isLost() && !to.isLost()) {
            from.enter();
            from.check(JCudaDriver.cuCtxDisablePeerAccess(to.handle()), "cuCtxDisablePeerAccess");
        }
    }
}
