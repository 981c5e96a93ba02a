package dev.kneepoint.calibration.probe;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.units.Checks;
import java.time.Duration;

/**
 * How to calibrate. Immutable.
 *
 * @param base what is known of the machine before: cluster, stack, number format, and what the probes cannot see
 * @param dataSheet whether the base's peak and memory bandwidth are those of this machine's data sheet; if not, the best
 *     rates that were measured take their place
 * @param devices ranks that the largest probe may use, 1 to 1,024
 * @param time how long the probes may run, a second to a day; each still runs a few times if that takes longer
 * @param progress hears how far it has come
 * @param cancellation asks it to stop
 * @since 0.2
 */
@Incubating
public record CalibrationRequest(
        MachineProfile base,
        boolean dataSheet,
        int devices,
        Duration time,
        ProgressListener progress,
        CancellationToken cancellation) {
    private static final Duration DEFAULT_TIME = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final int MOST_DEVICES = 1024;

    /** Checks the ranges. */
    public CalibrationRequest {
        Checks.range("devices", devices, 1, MOST_DEVICES);
        if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("time must be between a second and a day, not " + time);
        }
    }

    /**
     * A minute of probes, without progress or cancellation, rates as measured.
     *
     * @param base what is known of the machine before
     * @param devices ranks that the largest probe may use
     * @return the request
     */
    public static CalibrationRequest of(MachineProfile base, int devices) {
        return new CalibrationRequest(
                base, false, devices, DEFAULT_TIME, ProgressListener.none(), CancellationToken.none());
    }
}
