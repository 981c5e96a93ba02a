package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.BackendRegistry;

/** Lists the backends that a JVM of its own finds, a line each; run by {@link AvailabilityTest}. */
public final class BackendsProgram {
    private BackendsProgram() {}

    /** Prints id, answer and words. */
    public static void main(String[] arguments) {
        for (BackendRegistry.Found f :
                BackendRegistry.discover(ClassLoader.getSystemClassLoader()).all()) {
            switch (f.availability()) {
                case Availability.Ready r -> System.out.println(f.id() + " ready " + r.devices());
                case Availability.Missing m ->
                    System.out.println(f.id() + " missing " + m.reason() + " | " + m.remedy());
            }
        }
    }
}
