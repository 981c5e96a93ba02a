package dev.kneepoint.testkit;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendProvider;
import dev.kneepoint.spi.BackendRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Backend {@code cpu} with one defect, chosen by {@link #defect}. */
public final class BrokenProvider implements BackendProvider {
    static volatile Defect defect = Defect.NONE;
    private static int calls;

    @Override
    public String id() {
        return "broken";
    }

    @Override
    public String description() {
        return "the cpu backend with a defect";
    }

    @Override
    public Availability availability() {
        return switch (defect) {
            case UNAVAILABLE -> new Availability.Missing("it is broken", "repair it");
            case FLICKERS -> new Availability.Ready(List.of("device " + calls++));
            default -> new Availability.Ready(List.of("device"));
        };
    }

    @Override
    public Backend open(Map<String, String> options) {
        Map<String, String> passed = new HashMap<>(options);
        if (defect == Defect.IGNORES_OPTIONS) {
            passed.keySet().removeIf(k -> !k.startsWith("cpu."));
        }
        if (defect == Defect.SWALLOWS_FAILURES) {
            passed.remove("cpu.faults");
        }
        return new BrokenBackend(
                BackendRegistry.discover(BrokenProvider.class.getClassLoader()).open("cpu", passed), defect);
    }
}
