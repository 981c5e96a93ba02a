package dev.kneepoint.calibration.probe;

import static dev.kneepoint.calibration.probe.MachineEdits.device;
import static dev.kneepoint.calibration.probe.MachineEdits.probed;
import static dev.kneepoint.calibration.probe.MachineEdits.with;

import dev.kneepoint.internal.fit.BoundedFit;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.StreamCurve;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Moves the constants of a machine until whole plans, simulated, take as long as they did.
 *
 * @param simulation simulates them
 * @param probes the plans
 * @param measured seconds of a step of each
 */
record InteractionFit(Simulation simulation, List<SystemProbe> probes, double[] measured) {
    private static final double MILLI = 1e-3;
    private static final double INSTANT = 1e-7;
    /** Equal devices differ by a few percent; more is another process on the machine, which no profile should keep. */
    private static final double MOST_SPREAD = 0.2;

    private static final double LEAST_GAP_RANGE_MICROS = 20;

    /** Time of a kernel in a step against that in a row of equal ones. */
    private static final Range LEVEL = new Range(1, 0.7, 1.8);
    /** Least time of a transfer between kernels against that back to back. */
    private static final Range START = new Range(1, 0.1, 4);

    private static final Range HAND_OVER = new Range(20, 0, 2000);
    private static final Range SHARE = new Range(0.3, 0, 0.95);
    private static final Range GAP_SHARED = new Range(0.2, 0, 20);

    private static final StreamCurve NO_TIME = new StreamCurve(0, 1e9, 1e9, 1, 0, 0);

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
        m = levels(m);
        return ranks == 1 ? m : between(m, ProbePlans.tensor(ranks));
    }

    /** What ranks do to each other: each constant by the plans that show it. */
    private MachineProfile between(MachineProfile m, String tensor) {
        MachineProfile to = state(with(m, "overlap.gradientRate", 1.0));
        to = moved(
                to,
                List.of(SystemProbes.MEETING, SystemProbes.stepUnder(tensor)),
                List.of(new Range(MOST_SPREAD / 10, 0, MOST_SPREAD), HAND_OVER, START),
                (at, x) -> device(handOver(at, InteractionFit::isActivations, x[1], x[2]), "spread", x[0]));
        return moved(
                messages(to),
                List.of(SystemProbes.PIPELINE, SystemProbes.stepUnder(SystemProbes.STAGES)),
                List.of(SHARE),
                (at, x) -> with(at, "overlap.pipelineExposure", x[0]));
    }

    /** What weights and gradients on their way cost, and what kernels of several ranks cost beside them. */
    private MachineProfile state(MachineProfile m) {
        return moved(
                m,
                List.of(
                        SystemProbes.REDUCE,
                        SystemProbes.GATHER,
                        SystemProbes.stepUnder(SystemProbes.DATA),
                        SystemProbes.stepUnder(SystemProbes.SHARDED)),
                List.of(GAP_SHARED, HAND_OVER, START, SHARE, SHARE, SHARE),
                (at, x) -> {
                    MachineProfile to = handOver(probed(at, "gap_shared", x[0]), InteractionFit::isState, x[1], x[2]);
                    to = device(device(to, "computeContention", x[3]), "collectiveContention", x[4]);
                    return with(to, "overlap.shardExposure", x[5]);
                });
    }

    /**
     * What lies between kernels depends on how far ahead the host is, and caches are colder in a step than in a row
     * of equal kernels: whole steps tell both.
     */
    private MachineProfile levels(MachineProfile m) {
        double gap = probed(m).gapMicros();
        return moved(
                m,
                List.of(SystemProbes.STEP),
                List.of(new Range(gap, 0, Math.max(LEAST_GAP_RANGE_MICROS, 2 * gap)), LEVEL),
                (at, x) -> with(
                        with(probed(at, "gap_micros", x[0]), "kernels.gemmFactor", 1 / x[1]),
                        "kernels.memoryBoundFactor",
                        x[1]));
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

    private static boolean isState(String transfer) {
        return transfer.startsWith(ProbedTimes.STATE);
    }

    private static boolean isActivations(String transfer) {
        return !isState(transfer) && !transfer.equals(ProbedTimes.SEND);
    }

    /**
     * Back to back, transfers find their ranks and queues awake, and what a short one takes repeats badly; between kernels
     * each costs a hand-over.
     */
    private static MachineProfile handOver(MachineProfile m, Predicate<String> which, double micros, double start) {
        SortedMap<String, StreamCurve> transfers = new TreeMap<>(probed(m).transfers());
        transfers.replaceAll((kind, curve) -> which.test(kind)
                ? RecordFields.with(curve, Map.of("start_micros", curve.startMicros() * start + micros))
                : curve);
        return probed(m, "transfers", transfers);
    }

    /** Moves constants within their ranges until the probes of some kinds agree. */
    private MachineProfile moved(
            MachineProfile m,
            List<String> kinds,
            List<Range> ranges,
            BiFunction<MachineProfile, double[], MachineProfile> change) {
        double[] found = BoundedFit.minimise(
                ranges.stream().mapToDouble(Range::start).toArray(),
                ranges.stream().mapToDouble(Range::low).toArray(),
                ranges.stream().mapToDouble(Range::high).toArray(),
                x -> errors(change.apply(m, x), kinds));
        return change.apply(m, found);
    }

    /** Where a constant may lie, and what it is where no plan tells. */
    private record Range(double start, double low, double high) {}

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
