package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaBackendProvider;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.BackendProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Provides real execution over the NVIDIA GPUs of several processes and hosts. */
public final class NcclBackendProvider implements BackendProvider {
    /** Called by the ServiceLoader. */
    public NcclBackendProvider() {}

    @Override
    public String id() {
        return "nccl";
    }

    @Override
    public String description() {
        return "real arithmetic on NVIDIA GPUs of many processes and hosts, collectives by NCCL";
    }

    /** {@inheritDoc} It says what there is on this host; other processes are met when the backend is opened. */
    @Override
    public Availability availability() {
        return availability(Map.of());
    }

    /** {@inheritDoc} The option {@code nccl.library} says where NCCL is. */
    @Override
    public Availability availability(Map<String, String> options) {
        return switch (new CudaBackendProvider().availability()) {
            case Availability.Missing missing -> missing;
            case Availability.Ready ready -> {
                LibraryLookup<NcclLibrary> nccl =
                        places(options.getOrDefault("nccl.library", "")).find();
                if (nccl.found().isEmpty()) {
                    yield new Availability.Missing(
                            nccl.reason(), "install NCCL 2.18 or newer, or name it by " + NcclPlaces.VARIABLE);
                }
                List<String> out = new ArrayList<>();
                ready.devices()
                        .forEach(d -> out.add(d + ", NCCL " + nccl.found().get().version()));
                yield new Availability.Ready(out);
            }
        };
    }

    private static NcclPlaces places(String library) {
        return NcclPlaces.of(library, System.getenv(), Path.of(System.getProperty("user.home", "")));
    }

    /**
     * {@inheritDoc} All processes of the run open it, and wait for each other.
     *
     * @throws RendezvousException if the processes do not find each other
     */
    @Override
    public Backend open(Map<String, String> options) {
        NcclOptions parsed = NcclOptions.of(System.getenv(), options);
        if (new CudaBackendProvider().availability() instanceof Availability.Missing missing) {
            throw new BackendException("backend nccl cannot run here: " + missing.reason() + "; " + missing.remedy());
        }
        LibraryLookup<NcclLibrary> nccl = places(parsed.library()).find();
        return NcclBackend.open(
                parsed,
                nccl.found().orElseThrow(() -> new BackendException("backend nccl cannot run here: " + nccl.reason())));
    }
}
