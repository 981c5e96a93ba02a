package dev.kneepoint.calibration.probe;

import dev.kneepoint.internal.fit.Quantiles;
import dev.kneepoint.profile.MachineProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Fits what ops do to each other: small plans are run for real and simulated, and the constants moved until the step
 * times agree.
 *
 * @param machine the machine with fitted constants
 * @param residuals the small plans
 */
record SystemFit(MachineProfile machine, List<ProbeResidual> residuals) {
    private static final int LEAST_ROUNDS = 4;
    private static final int STEPS = 3;

    static SystemFit of(
            ProbeRunner runner,
            ProbePlans plans,
            MachineProfile ops,
            int ranks,
            Duration time,
            ProbeRunner.Progress progress) {
        List<SystemProbe> probes = new SystemProbes(plans, ranks, new OpPredictions(ops).alone(ranks)).all();
        double[] measured = measure(runner, probes, time, progress);
        try (Simulation simulation = new Simulation()) {
            InteractionFit fit = new InteractionFit(simulation, probes, measured);
            MachineProfile fitted = fit.fit(ops, ranks);
            return new SystemFit(fitted, fit.residuals(fitted));
        }
    }

    /** Median step times, round by round. */
    private static double[] measure(
            ProbeRunner runner, List<SystemProbe> probes, Duration time, ProbeRunner.Progress progress) {
        List<List<Double>> seconds =
                probes.stream().map(p -> (List<Double>) new ArrayList<Double>()).toList();
        runner.rounds(probes.stream().map(SystemProbe::kind).toList(), time, LEAST_ROUNDS, progress, (i, warm) -> {
            double step = runner.run(probes.get(i).plan(), 1, STEPS, false)
                    .steps()
                    .median()
                    .value();
            if (warm) {
                seconds.get(i).add(step);
            }
        });
        return seconds.stream().mapToDouble(SystemFit::median).toArray();
    }

    private static double median(List<Double> values) {
        return Quantiles.of(Quantiles.sorted(values), 0.5).orElseThrow();
    }
}
