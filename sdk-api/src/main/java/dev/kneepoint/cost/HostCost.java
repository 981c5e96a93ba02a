package dev.kneepoint.cost;

import dev.kneepoint.profile.CommunicationHabits;
import dev.kneepoint.profile.KernelHabits;
import dev.kneepoint.profile.Scenario;

/** Seconds that the host needs to issue ops. Where the profile was probed, a backend issues one kernel per op. */
final class HostCost {
    /** Kernels of an expert layer's routing, forward and backward: what its host time is spread over. */
    private static final double ROUTING_KERNELS = 12;

    private static final double MICRO = 1e-6;

    private final boolean perOp;
    private final double opSeconds;
    private final double kernelSeconds;
    private final double mixtureMicros;
    private final double expertMicros;
    private final double collectiveSeconds;
    private final double crossedSeconds;

    HostCost(Scenario scenario) {
        KernelHabits kernels = scenario.stack().kernels();
        CommunicationHabits communication = scenario.stack().communication();
        boolean quantised = scenario.workload().precision().isQuantised();
        var probed = scenario.hardware().device().probed();
        perOp = probed.isPresent();
        opSeconds = probed.map(p -> p.issueMicros() * MICRO).orElse(0.0);
        kernelSeconds = kernels.kernelShare() * kernels.launchMicros() * MICRO;
        mixtureMicros = kernels.mixtureHostMicros();
        expertMicros = kernels.expertHostMicros() + (quantised ? kernels.expertCastMicros() : 0);
        collectiveSeconds = communication.collectiveLaunchMicros() * MICRO;
        crossedSeconds = communication.crossedTensorMicros() * MICRO;
    }

    double launch(double kernels) {
        return perOp ? opSeconds : kernels * kernelSeconds;
    }

    double routing(double kernels, double localExperts) {
        double extra = mixtureMicros + expertMicros * localExperts;
        return perOp ? opSeconds : launch(kernels) + extra * MICRO * kernels / ROUTING_KERNELS;
    }

    /** Host time of collectives; {@code takingTurns} ranks share their group's turns with pipeline messages. */
    double collective(double calls, double takingTurns) {
        return Math.max(1, calls) * (collectiveSeconds + crossedSeconds * takingTurns);
    }
}
