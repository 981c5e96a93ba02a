package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Checks;
import java.util.List;

/**
 * How much longer than in the shipped profiles kernels, collectives and the host take. They change the constants of a
 * scenario, never its answer, so that whatever takes a scenario (a simulation, a study, a search) takes a calibrated
 * one. Immutable.
 *
 * @param compute factor on the time of kernels, positive
 * @param communication factor on the time of collectives, positive
 * @param host factor on the time of the host, positive
 */
@Incubating
public record Multipliers(double compute, double communication, double host) {
    /** The shipped profiles as they are. */
    public static final Multipliers ONE = new Multipliers(1, 1, 1);

    private static final List<String> RATES_OF_KERNELS = List.of(
            "device/*/gemm.sustained",
            "device/*/gemm.memoryEfficiency",
            "device/*/gemmQuantised.sustained",
            "device/*/gemmQuantised.memoryEfficiency",
            "device/*/attentionSustained",
            "device/*/memoryEfficiency");
    private static final List<String> RATES_OF_COLLECTIVES = List.of(
            "device/*/scaleUp.efficiency",
            "device/*/scaleUp.reduceEfficiency",
            "device/*/scaleUp.exchangeEfficiency",
            "network/*/rateEfficiency",
            "network/*/allToAllEfficiency");
    private static final List<String> TIMES_OF_COLLECTIVES = List.of(
            "device/*/scaleUp.startMicros",
            "device/*/scaleUp.hopScale",
            "device/*/scaleUp.ringProtocolMicros",
            "device/*/scaleUp.reduceStartMicros",
            "device/*/scaleUp.reduceHopMicros",
            "device/*/scaleUp.reduceProtocolMicros",
            "device/*/scaleUp.exchangeHopScale",
            "device/*/scaleUp.exchangeProtocolMicros",
            "network/*/ringScale",
            "network/*/treeHopMicros",
            "network/*/startMicros",
            "network/*/reduceProtocolMicros",
            "network/*/ringProtocolMicros",
            "stack/*/communication.tensorOverheadMicros");
    private static final List<String> TIMES_OF_HOST = List.of(
            "stack/*/kernels.launchMicros",
            "stack/*/kernels.mixtureHostMicros",
            "stack/*/kernels.expertHostMicros",
            "stack/*/kernels.expertCastMicros",
            "stack/*/communication.collectiveLaunchMicros",
            "stack/*/communication.crossedTensorMicros",
            "stack/*/fixedMillis");

    /** Checks the ranges. */
    public Multipliers {
        Checks.positive("compute", compute);
        Checks.positive("communication", communication);
        Checks.positive("host", host);
    }

    /**
     * One of them.
     *
     * @param which which
     * @return the factor
     */
    public double get(Multiplier which) {
        return switch (which) {
            case COMPUTE -> compute;
            case COMMUNICATION -> communication;
            case HOST -> host;
        };
    }

    /**
     * A scenario whose constants are changed by these factors.
     *
     * @param scenario what is run on what
     * @return the same with other profiles
     */
    public Scenario apply(Scenario scenario) {
        if (equals(ONE)) {
            return scenario;
        }
        return ScenarioProfiles.with(scenario, apply(ScenarioProfiles.of(scenario)));
    }

    private ProfileSet apply(ProfileSet profiles) {
        ProfileSet set = scale(profiles, RATES_OF_KERNELS, 1 / compute);
        set = scale(set, RATES_OF_COLLECTIVES, 1 / communication);
        set = scale(set, TIMES_OF_COLLECTIVES, communication);
        return scale(set, TIMES_OF_HOST, host);
    }

    private static ProfileSet scale(ProfileSet profiles, List<String> names, double factor) {
        ProfileSet set = profiles;
        for (String name : names) {
            set = set.with(name, set.constant(name) * factor);
        }
        return set;
    }
}
