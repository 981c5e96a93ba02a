package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import java.util.Map;

/**
 * Makes a backend known. Declared with {@code provides … with} and in {@code META-INF/services}. Constructors do
 * nothing; native code loads in {@link #availability()} or {@link #open}.
 */
public interface BackendProvider {
    /**
     * The id on the command line, lower case, unique.
     *
     * @return for example {@code sim}
     */
    String id();

    /**
     * One line on what it does.
     *
     * @return a sentence without a full stop
     */
    String description();

    /**
     * Whether it can run here. Never throws and loads no more than it needs to know.
     *
     * @return ready, or what is missing
     */
    Availability availability();

    /**
     * Whether it can run here with options, which may say where something is that is not found without them. Malformed
     * options are no reason against it: {@link #open} says what is wrong with them.
     *
     * @param options backend options by name
     * @return the same as {@link #availability()} unless options matter
     * @since 0.2
     */
    @Incubating
    default Availability availability(Map<String, String> options) {
        return availability();
    }

    /**
     * Opens the backend.
     *
     * @param options backend options by name, for example {@code opencl.device}; unknown names are refused
     * @return an open backend, to be closed by the caller
     * @throws IllegalArgumentException if an option is unknown or malformed
     * @throws BackendException if the backend cannot be opened
     */
    Backend open(Map<String, String> options);
}
