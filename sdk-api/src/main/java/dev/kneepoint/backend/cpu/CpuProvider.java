package dev.kneepoint.backend.cpu;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendProvider;
import java.util.List;
import java.util.Map;

/** Provides real execution on threads of this machine. */
public final class CpuProvider implements BackendProvider {
    /** Called by the ServiceLoader. */
    public CpuProvider() {}

    @Override
    public String id() {
        return "cpu";
    }

    @Override
    public String description() {
        return "real arithmetic and collectives on threads of this machine, on the wall clock or a virtual one";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready(List.of(Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.arch") + (Kernels.hasVectors() ? ", Vector API" : "")));
    }

    @Override
    public Backend open(Map<String, String> options) {
        return new CpuBackend(CpuOptions.of(options));
    }
}
