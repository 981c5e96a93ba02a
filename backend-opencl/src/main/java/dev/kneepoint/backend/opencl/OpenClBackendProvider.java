package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.BackendProvider;
import java.util.Map;

/** Provides real execution on OpenCL devices. */
public final class OpenClBackendProvider implements BackendProvider {
    /** Called by the ServiceLoader. */
    public OpenClBackendProvider() {}

    @Override
    public String id() {
        return "opencl";
    }

    @Override
    public String description() {
        return "real arithmetic and collectives on OpenCL devices, timed by their own clocks";
    }

    @Override
    public Availability availability() {
        return new Availability.Missing("not built yet", "wait for the next commit");
    }

    @Override
    public Backend open(Map<String, String> options) {
        throw new BackendException("backend opencl is not built yet");
    }
}
