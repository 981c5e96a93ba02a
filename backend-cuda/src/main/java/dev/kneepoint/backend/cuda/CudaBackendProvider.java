package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.cuda.CudaOptions.CublasChoice;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Provides real execution on NVIDIA GPUs of this machine. */
public final class CudaBackendProvider implements BackendProvider {
    /** The stream-ordered allocator, and the PTX of the kernels, came with it. */
    private static final int LEAST_DRIVER = 11_020;

    private static final String DRIVER = "install NVIDIA's driver";

    /** Called by the ServiceLoader. */
    public CudaBackendProvider() {}

    @Override
    public String id() {
        return "cuda";
    }

    @Override
    public String description() {
        return "real arithmetic and collectives on the NVIDIA GPUs of this machine, timed by their own clocks";
    }

    @Override
    public Availability availability() {
        List<String> names = CudaLibrary.names(System.getProperty("os.name", ""));
        try {
            if (names.isEmpty()) {
                return new Availability.Missing("there is no CUDA for this operating system", "use Linux or Windows");
            }
            if (!CudaLibrary.isPresent(names)) {
                return new Availability.Missing(
                        "there is no CUDA driver (" + String.join(", ", names) + ")",
                        DRIVER + "; in a container, start it with the GPUs (--gpus all)");
            }
            return devices();
        } catch (IllegalCallerException e) {
            return new Availability.Missing(
                    "native access is not allowed: " + e.getMessage(),
                    "start java with --enable-native-access=ALL-UNNAMED, or with this module's name");
        } catch (CudaException e) {
            return new Availability.Missing("the CUDA driver fails: " + e.getMessage(), remedy(e));
        } catch (LinkageError e) {
            return new Availability.Missing(
                    "JCuda cannot be loaded: "
                            + e.toString().lines().findFirst().orElse(""),
                    "have org.jcuda:jcuda and its natives on the class path, on x86-64, and a temporary folder from which"
                            + " native code may be run; on the module path, leave the jar of the natives out and start java"
                            + " with --patch-module jcuda=<that jar>");
        }
    }

    private static String remedy(CudaException e) {
        return switch (e.error()) {
            case "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE" ->
                "make libcuda and the kernel module the same version: restart after an update, or remove the compatibility"
                        + " libraries";
            case "CUDA_ERROR_NOT_PERMITTED", "CUDA_ERROR_OPERATING_SYSTEM", "CUDA_ERROR_SYSTEM_NOT_READY" ->
                "let the process at the devices (/dev/nvidia*): in a container, start it with the GPUs (--gpus all); on"
                        + " NVSwitch machines start the fabric manager";
            default -> "see whether nvidia-smi works";
        };
    }

    private static Availability devices() {
        List<CudaDeviceInfo> found = CudaDiscovery.devices();
        if (found.isEmpty()) {
            return new Availability.Missing(
                    "the CUDA driver shows no device",
                    "see whether nvidia-smi lists one, and what CUDA_VISIBLE_DEVICES hides");
        }
        int version = CudaDiscovery.driverVersion();
        if (version < LEAST_DRIVER) {
            return new Availability.Missing(
                    "the driver is made for CUDA " + text(version) + "; the backend needs " + text(LEAST_DRIVER),
                    "update NVIDIA's driver");
        }
        if (found.stream().noneMatch(CudaDeviceInfo::isSupported)) {
            return new Availability.Missing(
                    String.join("; ", found.stream().map(DeviceChoice::tooOld).toList()),
                    "use a GPU of the Turing generation or newer, or backend opencl");
        }
        List<String> out = new ArrayList<>();
        for (CudaDeviceInfo info : found) {
            out.add(info.describe() + (info.isSupported() ? "" : ": too old, the kernels need 7.5 or newer"));
        }
        return new Availability.Ready(out);
    }

    /** A version of CUDA as people write it. */
    static String text(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    /**
     * {@inheritDoc}
     *
     * @throws CudaException if the driver fails
     */
    @Override
    public Backend open(Map<String, String> options) {
        CudaOptions parsed = CudaOptions.of(options);
        throwIfMissing();
        return CudaBackend.open(
                parsed,
                DeviceChoice.of(parsed.devices(), CudaDiscovery.devices()),
                cublas(parsed.cublas()),
                NvmlLibrary.open(NvmlLibrary.NAME));
    }

    /** Asks for the driver and devices again. */
    static void throwIfMissing() {
        if (new CudaBackendProvider().availability() instanceof Availability.Missing missing) {
            throw new BackendException("backend cuda cannot run here: " + missing.reason() + "; " + missing.remedy());
        }
    }

    static LibraryLookup<CublasLibrary> cublas(CublasChoice choice) {
        if (!choice.wanted()) {
            return new LibraryLookup.Missing<>("cuda.cublas is off");
        }
        LibraryLookup<CublasLibrary> found = choice.path()
                .map(path -> CublasLibrary.open(path.toString()))
                .orElseGet(() -> CublasPlaces.usual(System.getenv()).find(CudaDiscovery.driverVersion() / 1000));
        if (choice.path().isPresent() && found.found().isEmpty()) {
            throw new IllegalArgumentException("cuda.cublas: " + found.reason());
        }
        return found;
    }
}
