package dev.kneepoint.backend.cuda;

import com.google.common.base.Ticker;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The boards of a backend's devices, as NVML sees them: none where NVML does not answer. Confined to the backend. */
final class Boards implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(25);

    private final Optional<Nvml> nvml;
    private final List<NvmlMeter> meters;
    private final String reason;

    private Boards(Optional<Nvml> nvml, List<NvmlMeter> meters, String reason) {
        this.nvml = nvml;
        this.meters = List.copyOf(meters);
        this.reason = reason;
    }

    /** Asks NVML for the boards of devices; that it does not know one is an answer too. */
    static Boards open(LibraryLookup<NvmlLibrary> library, List<CudaDeviceInfo> devices) {
        if (library.found().isEmpty()) {
            return new Boards(Optional.empty(), List.of(), library.reason());
        }
        try {
            Nvml nvml = Nvml.open(library.found().get());
            try {
                List<NvmlMeter> meters = new ArrayList<>();
                for (CudaDeviceInfo info : devices) {
                    meters.add(new NvmlMeter(nvml.byUuid(info.uuid()), Ticker.systemTicker(), Sampler.every(PERIOD)));
                }
                return new Boards(Optional.of(nvml), meters, "");
            } catch (CudaException e) {
                nvml.close();
                throw e;
            }
        } catch (CudaException e) {
            return new Boards(Optional.empty(), List.of(), String.valueOf(e.getMessage()));
        }
    }

    /** Whether somebody can be asked. */
    boolean answer() {
        return nvml.isPresent();
    }

    /** Why not. */
    String reason() {
        return reason;
    }

    /** The driver's version; empty if nobody says. */
    Optional<String> driverVersion() {
        return nvml.map(Nvml::driverVersion);
    }

    /** A meter of the boards of so many ranks. */
    BoardMeter meter(int ranks) {
        return new BoardMeter(meters.subList(0, Math.min(ranks, meters.size())));
    }

    @Override
    public void close() {
        nvml.ifPresent(Nvml::close);
    }
}
