package dev.kneepoint.metrics;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * A span of time divided by class, in seconds. The parts add up to {@link #total()}.
 *
 * @param compute seconds in {@link TimeClass#COMPUTE}
 * @param exposedCommunication seconds in {@link TimeClass#EXPOSED_COMMUNICATION}
 * @param bubble seconds in {@link TimeClass#BUBBLE}
 * @param straggler seconds in {@link TimeClass#STRAGGLER}
 * @param launch seconds in {@link TimeClass#LAUNCH}
 * @param idle seconds in {@link TimeClass#IDLE}
 */
public record TimeParts(
        double compute, double exposedCommunication, double bubble, double straggler, double launch, double idle) {
    /** Checks that no part is negative. */
    public TimeParts {
        Checks.notNegative("compute", compute);
        Checks.notNegative("exposedCommunication", exposedCommunication);
        Checks.notNegative("bubble", bubble);
        Checks.notNegative("straggler", straggler);
        Checks.notNegative("launch", launch);
        Checks.notNegative("idle", idle);
    }

    /**
     * Parts from nanoseconds by class.
     *
     * @param nanos one per {@link TimeClass}, in its order
     * @return the parts
     */
    @Incubating
    public static TimeParts ofNanos(double[] nanos) {
        return new TimeParts(
                nanos[0] * 1e-9, nanos[1] * 1e-9, nanos[2] * 1e-9, nanos[3] * 1e-9, nanos[4] * 1e-9, nanos[5] * 1e-9);
    }

    /**
     * The whole span.
     *
     * @return seconds
     */
    public double total() {
        return compute + exposedCommunication + bubble + straggler + launch + idle;
    }

    /**
     * One part.
     *
     * @param which the class
     * @return seconds
     */
    public double of(TimeClass which) {
        return switch (which) {
            case COMPUTE -> compute;
            case EXPOSED_COMMUNICATION -> exposedCommunication;
            case BUBBLE -> bubble;
            case STRAGGLER -> straggler;
            case LAUNCH -> launch;
            case IDLE -> idle;
        };
    }
}
