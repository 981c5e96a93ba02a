package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.Locale;

/** How far a prediction is from runs that were compared with measurements. */
@Incubating
public enum TrustLevel {
    /** Such runs were compared. */
    INSIDE,
    /** Runs that differ in one thing were. */
    NEAR,
    /** None near it was. */
    OUTSIDE;

    /**
     * The name in files.
     *
     * @return lower case, for example {@code inside}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
