package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import java.util.OptionalLong;

/**
 * What became of a {@link TransferCall}. Immutable.
 *
 * @since 0.2
 */
@Incubating
public sealed interface TransferTiming {
    /**
     * It was timed.
     *
     * @param seconds of one call: the mean over the timed ones, and over the ranks if they differ; above 0
     * @param wrong elements of all ranks that were not what they should be; empty if none were looked at
     */
    @Incubating
    record Measured(double seconds, OptionalLong wrong) implements TransferTiming {
        /** Checks the range. */
        public Measured {
            Checks.positive("seconds", seconds);
        }
    }

    /**
     * It was not, because of its size or type, which says nothing of other calls.
     *
     * @param reason what stands against it, with need and limit
     */
    @Incubating
    record Refused(String reason) implements TransferTiming {
        /** Checks the reason. */
        public Refused {
            Checks.notBlank("reason", reason);
        }
    }
}
