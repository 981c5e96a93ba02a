package dev.kneepoint.calibration.probe;

import dev.kneepoint.internal.fit.BoundedFit;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.profile.StreamCurve;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

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
    private static final double MILLI = 1e-3;
    private static final double INSTANT = 1e-7;
    private static final double MOST_SHARE = 0.95;
    /** Equal devices differ by a few percent; more is another process on the machine, which no profile should keep. */
    private static final double MOST_SPREAD = 0.2;

    private static final double MOST_HAND_OVER_MICROS = 2000;
    private static final double LEAST_GAP_RANGE_MICROS = 20;

    private static final StreamCurve NO_TIME = new StreamCurve(0, 1e9, 1e9, 1, 0, 0);

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
            Fitting fitting = new Fitting(simulation, probes, measured);
            MachineProfile fitted = fitting.fit(ops, ranks);
            return new SystemFit(fitted, fitting.residuals(fitted));
        }
    }

    /** Median step times, round by round. */
    private static double[] measure(
            ProbeRunner runner, List<SystemProbe> probes, Duration time, ProbeRunner.Progress progress) {
        List<List<Double>> seconds =
                probes.stream().map(p -> (List<Double>) new ArrayList<Double>()).toList();
        ProbeRunner.rounds(probes.stream().map(SystemProbe::kind).toList(), time, LEAST_ROUNDS, progress, (i, warm) -> {
            double step = runner.run(probes.get(i).plan(), 1, STEPS, false)
                    .steps()
                    .median()
                    .value();
            if (warm) {
                seconds.get(i).add(step);
            }
        });
        return seconds.stream().mapToDouble(ProbeTimes::middle).toArray();
    }

    /** The fit itself. */
    private record Fitting(Simulation simulation, List<SystemProbe> probes, double[] measured) {
        MachineProfile fit(MachineProfile ops, int ranks) {
            MachineProfile m = with(ops, "kernels.gemmFactor", 1.0);
            for (String neutral : List.of(
                    "kernels.memoryBoundFactor",
                    "kernels.castFactor",
                    "kernels.unfusedPasses",
                    "kernels.mixtureGemmFactor",
                    "kernels.mixtureQuantisedFactor")) {
                m = with(m, neutral, 1.0);
            }
            m = with(with(m, "communication.tensorOverheadMicros", 0.0), "communication.collectiveLaunchMicros", 0.0);
            m = with(with(m, "fixedMillis", 0.0), "yearlyGain", 0.0);
            m = with(m, "fixedMillis", fixedSeconds(m) / MILLI);
            m = gaps(m);
            if (ranks == 1) {
                return m;
            }
            m = messages(m);
            m = shares(
                    m,
                    List.of(SystemProbes.PIPELINE),
                    1,
                    MOST_SHARE,
                    (to, x) -> with(to, "overlap.pipelineExposure", x[0]));
            m = meetings(m);
            m = shares(
                    with(with(m, "overlap.gradientRate", 1.0), "overlap.shardExposure", 0.0),
                    List.of(SystemProbes.REDUCE),
                    2,
                    MOST_SHARE,
                    (to, x) -> device(device(to, "computeContention", x[0]), "collectiveContention", x[1]));
            return shares(
                    m, List.of(SystemProbes.GATHER), 1, MOST_SHARE, (to, x) -> with(to, "overlap.shardExposure", x[0]));
        }

        /**
         * What lies between kernels depends on how far ahead the host is, and caches are colder in a step than in a row
         * of equal kernels: whole steps tell.
         */
        private MachineProfile gaps(MachineProfile m) {
            double gap = probed(m).gapMicros();
            return moved(
                    m,
                    List.of(SystemProbes.STEP),
                    new double[] {gap},
                    new double[] {Math.max(LEAST_GAP_RANGE_MICROS, 2 * gap)},
                    (to, x) -> probed(to, "gap_micros", x[0]));
        }

        private double fixedSeconds(MachineProfile m) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < probes.size(); i++) {
                if (probes.get(i).kind().equals(SystemProbes.EMPTY)) {
                    sum += Math.max(0, measured[i] - simulated(i, m));
                    count++;
                }
            }
            return sum / count;
        }

        /** One micro-batch through two stages passes two hops and overlaps nothing. */
        private MachineProfile messages(MachineProfile m) {
            MachineProfile without = messages(m, NO_TIME);
            List<ProbeSample> samples = new ArrayList<>();
            for (int i = 0; i < probes.size(); i++) {
                if (probes.get(i).kind().equals(SystemProbes.HOP)) {
                    double hop = Math.max(INSTANT, (measured[i] - simulated(i, without)) / 2);
                    Op message = probes.get(i).plan().programs().getFirst().segments().stream()
                            .flatMap(s -> s.blocks().stream())
                            .flatMap(b -> b.ops().stream())
                            .filter(op -> op instanceof Op.SendReceive)
                            .findFirst()
                            .orElseThrow();
                    samples.add(new ProbeSample(message, 2, hop, 0));
                }
            }
            return messages(m, StreamFit.of(samples));
        }

        private static MachineProfile messages(MachineProfile m, StreamCurve curve) {
            SortedMap<String, StreamCurve> transfers = new TreeMap<>(probed(m).transfers());
            transfers.put(ProbedTimes.SEND, curve);
            return probed(m, "transfers", transfers);
        }

        /**
         * Back to back, transfers find their ranks and queues awake; between kernels each also costs a hand-over. What
         * grows with the kernels before a meeting is the spread of the ranks, the rest the hand-over.
         */
        private MachineProfile meetings(MachineProfile m) {
            return moved(
                    m,
                    List.of(SystemProbes.MEETING),
                    new double[] {MOST_SPREAD / 10, MOST_HAND_OVER_MICROS / 100},
                    new double[] {MOST_SPREAD, MOST_HAND_OVER_MICROS},
                    (to, x) -> meeting(to, x[0], x[1]));
        }

        private static MachineProfile meeting(MachineProfile m, double spread, double micros) {
            SortedMap<String, StreamCurve> transfers = new TreeMap<>(probed(m).transfers());
            transfers.replaceAll((kind, curve) -> kind.equals(ProbedTimes.SEND)
                    ? curve
                    : RecordFields.with(curve, Map.of("start_micros", curve.startMicros() + micros)));
            return device(probed(m, "transfers", transfers), "spread", spread);
        }

        /** Moves constants between 0 and {@code most} until the probes of some kinds agree. */
        private MachineProfile shares(
                MachineProfile m,
                List<String> kinds,
                int count,
                double most,
                BiFunction<MachineProfile, double[], MachineProfile> change) {
            double[] high = new double[count];
            double[] start = new double[count];
            Arrays.fill(high, most);
            Arrays.fill(start, most / 3);
            return moved(m, kinds, start, high, change);
        }

        /** Moves constants between 0 and {@code high} until the probes of some kinds agree. */
        private MachineProfile moved(
                MachineProfile m,
                List<String> kinds,
                double[] start,
                double[] high,
                BiFunction<MachineProfile, double[], MachineProfile> change) {
            double[] found =
                    BoundedFit.minimise(start, new double[start.length], high, x -> errors(change.apply(m, x), kinds));
            return change.apply(m, found);
        }

        private double[] errors(MachineProfile m, List<String> kinds) {
            List<Double> out = new ArrayList<>();
            for (int i = 0; i < probes.size(); i++) {
                if (kinds.contains(probes.get(i).kind())) {
                    out.add(Math.log(simulated(i, m) / measured[i]));
                }
            }
            return out.stream().mapToDouble(Double::doubleValue).toArray();
        }

        private double simulated(int probe, MachineProfile m) {
            return simulation.seconds(probes.get(probe).on(m));
        }

        List<ProbeResidual> residuals(MachineProfile m) {
            List<ProbeResidual> out = new ArrayList<>();
            for (int i = 0; i < probes.size(); i++) {
                SystemProbe p = probes.get(i);
                int ranks = p.plan().layout().devices();
                out.add(new ProbeResidual(p.kind(), p.label(), ranks, measured[i], simulated(i, m)));
            }
            return out;
        }
    }

    private static MachineProfile with(MachineProfile m, String constant, double value) {
        SoftwareStack stack = m.stack().with(constant, value);
        return new MachineProfile(m.cluster(), m.hardware(), stack, m.precision(), m.origin());
    }

    private static ProbedTimes probed(MachineProfile m) {
        return m.hardware().device().probed().orElseThrow();
    }

    private static MachineProfile probed(MachineProfile m, String field, Object value) {
        ProbedTimes changed = RecordFields.with(probed(m), Map.of(field, value));
        return device(m, m.hardware().device().withProbed(changed));
    }

    private static MachineProfile device(MachineProfile m, String constant, double value) {
        return device(m, m.hardware().device().with(constant, value));
    }

    private static MachineProfile device(MachineProfile m, DeviceProfile changed) {
        HardwareProfile hardware = new HardwareProfile(changed, m.hardware().network());
        return new MachineProfile(m.cluster(), hardware, m.stack(), m.precision(), m.origin());
    }
}
