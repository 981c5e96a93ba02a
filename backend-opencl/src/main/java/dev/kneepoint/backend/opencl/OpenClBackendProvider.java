package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Provides real execution on OpenCL devices. */
public final class OpenClBackendProvider implements BackendProvider {
    private static final String INSTALL =
            "install the driver of the device, or for the CPU itself PoCL (on Debian pocl-opencl-icd)";

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
        List<String> names = OpenClLibrary.names(System.getProperty("os.name", ""));
        try {
            if (!OpenClLibrary.isPresent(names)) {
                return new Availability.Missing(
                        "there is no OpenCL loader (" + String.join(", ", names) + ")",
                        "install one (on Debian ocl-icd-libopencl1), and " + INSTALL);
            }
            return devices();
        } catch (IllegalCallerException e) {
            return new Availability.Missing(
                    "native access is not allowed: " + e.getMessage(),
                    "start java with --enable-native-access=ALL-UNNAMED, or with this module's name");
        } catch (OpenClException e) {
            return new Availability.Missing("the OpenCL driver fails: " + e.getMessage(), INSTALL);
        } catch (LinkageError e) {
            return new Availability.Missing(
                    "JOCL cannot be loaded: " + e,
                    "have org.jocl:jocl on the class path, on x86-64 or arm64, and a temporary folder from which native"
                            + " code may be run");
        }
    }

    private static Availability devices() {
        if (ClDiscovery.platforms().isEmpty()) {
            return new Availability.Missing(
                    "the OpenCL loader finds no platform: no driver is registered, or its library cannot be loaded",
                    INSTALL + "; drivers are registered in /etc/OpenCL/vendors or the folder OCL_ICD_VENDORS");
        }
        List<ClDiscovery.Found> found = ClDiscovery.devices();
        if (found.isEmpty()) {
            return new Availability.Missing("no OpenCL platform has a device", INSTALL);
        }
        List<String> out = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            out.add(ClDiscovery.describe(i, found.get(i).info()));
        }
        return new Availability.Ready(out);
    }

    /**
     * {@inheritDoc}
     *
     * @throws OpenClException if the driver fails
     */
    @Override
    public Backend open(Map<String, String> options) {
        OpenClOptions parsed = OpenClOptions.of(options);
        if (availability() instanceof Availability.Missing missing) {
            throw new BackendException("backend opencl cannot run here: " + missing.reason() + "; " + missing.remedy());
        }
        return OpenClBackend.open(
                parsed,
                DeviceChoice.of(parsed.devices(), ClDiscovery.devices()),
                device -> TunedKernels.open(device, parsed.kernels()));
    }
}
