package dev.kneepoint.spi;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/**
 * A figure that a backend measured of its own device beyond what plans show, or was to measure. Immutable.
 *
 * @since 0.2
 */
@Incubating
public sealed interface DeviceFigure {
    /**
     * What was measured.
     *
     * @return a kind of figure in lower case with hyphens, for example {@code matmul}
     */
    String name();

    /**
     * What tells it from others of its name.
     *
     * @return values by name, for example {@code format} and {@code rows}
     */
    SortedMap<String, String> parameters();

    /**
     * It was measured.
     *
     * @param name what was measured
     * @param parameters what tells it from others of its name
     * @param value above 0, in {@code unit}
     * @param unit for example {@code TFLOP/s}
     * @param watts mean power of the device's board meanwhile, above 0; empty if nobody measured it
     * @param reference what the value is to be seen beside; empty if nothing is known
     */
    @Incubating
    record Measured(
            String name,
            SortedMap<String, String> parameters,
            double value,
            String unit,
            OptionalDouble watts,
            Optional<Reference> reference)
            implements DeviceFigure {
        /** Checks the ranges and copies the map. */
        public Measured {
            Checks.notBlank("name", name);
            Checks.positive(name, value);
            Checks.notBlank("unit", unit);
            watts.ifPresent(w -> Checks.positive("watts", w));
            parameters = ImmutableSortedMap.copyOf(parameters);
        }
    }

    /**
     * It could not be measured, which says nothing of the others.
     *
     * @param name what was to be measured
     * @param parameters what tells it from others of its name
     * @param reason why it was not
     */
    @Incubating
    record Missing(String name, SortedMap<String, String> parameters, String reason) implements DeviceFigure {
        /** Copies the map. */
        public Missing {
            Checks.notBlank("name", name);
            parameters = ImmutableSortedMap.copyOf(parameters);
        }
    }

    /**
     * What a value is to be seen beside.
     *
     * @param value above 0, in the unit of the figure
     * @param what what it is, with its source
     */
    @Incubating
    record Reference(double value, String what) {
        /** Checks the range. */
        public Reference {
            Checks.positive("reference", value);
            Checks.notBlank("what", what);
        }
    }
}
