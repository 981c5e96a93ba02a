package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.CommandRecorder;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.Device;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.NumberFormats;
import dev.kneepoint.workload.Precision;
import java.time.Duration;
import java.util.Optional;
import jcuda.driver.JCudaDriver;

/** An open device. Thread-safe. */
final class CudaDevice implements Device, AutoCloseable {
    private final CudaContext context;
    private final CudaStream service;
    private final EventPool events;
    private final CudaMemory memory;
    private final CudaClock clock;
    private final BlasLibraries blas;

    private CudaDevice(CudaContext context, CudaStream service, boolean alone, BlasLibraries blas) {
        this.context = context;
        this.service = service;
        this.events = new EventPool(context);
        this.memory = new CudaMemory(context, service, alone && context.info().ordersAllocations());
        this.blas = blas;
        try {
            this.clock = new CudaClock(context, events, service);
        } catch (RuntimeException e) {
            events.close();
            throw e;
        }
    }

    /**
     * Opens a device.
     *
     * @param patience longest wait for something that the device does
     * @param alone whether no other device is to read its memory
     * @param blas what multiplies matrices beside our own kernels
     * @param watch what else may keep it from coming to an end
     */
    static CudaDevice open(
            CudaDeviceInfo info, Duration patience, boolean alone, BlasLibraries blas, DeviceWatch watch) {
        CudaContext context = CudaContext.open(info, patience, watch);
        try {
            CudaStream service = CudaQueue.stream(context);
            try {
                return new CudaDevice(context, service, alone, blas);
            } catch (RuntimeException e) {
                JCudaDriver.cuStreamDestroy(service);
                throw e;
            }
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
    }

    CudaContext context() {
        return context;
    }

    CudaDeviceInfo info() {
        return context.info();
    }

    EventPool events() {
        return events;
    }

    CudaClock clock() {
        return clock;
    }

    BlasLibraries blas() {
        return blas;
    }

    @Override
    public String name() {
        return info().name();
    }

    @Override
    public long memoryBytes() {
        return memory.available();
    }

    @Override
    public long allocationBytes() {
        return memory.available();
    }

    @Override
    public int memoryNumber() {
        return info().ordinal();
    }

    @Override
    public NumberFormats formats(Precision precision) {
        return switch (precision) {
            case FP32 -> NumberFormats.of(DataType.FP32);
            case FP16 -> NumberFormats.of(DataType.FP16);
            case BF16 -> NumberFormats.of(DataType.BF16);
            case FP8, FP4 ->
                new NumberFormats(DataType.BF16, blas.multipliesFp8(info()) ? DataType.E4M3 : DataType.BF16);
        };
    }

    @Override
    public CudaMemory memory() {
        return memory;
    }

    @Override
    public DeviceQueue queue() {
        return CudaQueue.open(this);
    }

    @Override
    public Optional<CommandRecorder> recorder() {
        return CudaGraph.missing(CudaDiscovery.driverVersion()).isPresent()
                ? Optional.empty()
                : Optional.of(new CudaRecorder(CudaQueue.open(this)));
    }

    /** Gives a stream back; one of a lost device may still be at work and stays. */
    void destroy(CudaStream stream) {
        if (!context.isLost()) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(context::enter);
                cleanup.then(() -> context.check(JCudaDriver.cuStreamDestroy(stream), "cuStreamDestroy"));
            }
        }
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            if (!context.isLost()) {
                cleanup.then(context::enter);
                cleanup.then(events::close);
                cleanup.then(() -> destroy(service));
            }
            cleanup.then(context::close);
        }
    }
}
