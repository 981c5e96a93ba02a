package dev.kneepoint.samples.roofline;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendProvider;
import java.util.List;
import java.util.Map;

/** Provides the roofline model. */
public final class RooflineProvider implements BackendProvider {
    /** Called by the ServiceLoader. */
    public RooflineProvider() {}

    @Override
    public String id() {
        return "roofline";
    }

    @Override
    public String description() {
        return "an upper bound: ops at the speed of data sheets, one after the other";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready(List.of("the data sheet of any cluster"));
    }

    @Override
    public Backend open(Map<String, String> options) {
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("backend roofline has no options, given: " + options.keySet());
        }
        return new RooflineBackend();
    }
}
