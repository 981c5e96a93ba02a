package dev.kneepoint.backend.sim;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Provides the simulator. */
public final class SimProvider implements BackendProvider {
    private static final String FOLD = "sim.fold";

    /** Called by the ServiceLoader. */
    public SimProvider() {}

    @Override
    public String id() {
        return "sim";
    }

    @Override
    public String description() {
        return "simulator in virtual time on hardware profiles and stack presets";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready(List.of("any cluster of the catalog or of a file"));
    }

    @Override
    public Backend open(Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!Set.of(FOLD).contains(name)) {
                throw new IllegalArgumentException("backend sim has no option '" + name + "'; it has " + FOLD);
            }
        }
        return new SimBackend(
                switch (options.getOrDefault(FOLD, "true")) {
                    case "true" -> true;
                    case "false" -> false;
                    default ->
                        throw new IllegalArgumentException(FOLD + " is true or false, not '" + options.get(FOLD) + "'");
                });
    }
}
