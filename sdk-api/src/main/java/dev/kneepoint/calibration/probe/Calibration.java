package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Measures a machine through a backend and fits a profile to it. Probes are plans of a few chosen ops, whose times are
 * read off the timeline, and small plans whose step time shows what ops do to each other. Immutable.
 *
 * @param machine the fitted profile
 * @param residuals every probe beside what the profile says of it
 * @since 0.2
 */
@Incubating
public record Calibration(MachineProfile machine, List<ProbeResidual> residuals) {
    /** Longest op of a probe as a share of the time, and its range in seconds: short enough to be run often. */
    private static final double LONGEST_SHARE = 1.0 / 4_000;

    private static final double SHORTEST_LIMIT = 1e-3;
    private static final double LONGEST_LIMIT = 1.5e-2;
    /** Share of the device's memory that one op's arrays may take. */
    private static final double MEMORY_SHARE = 0.05;

    /** How often the share is halved before a refusal counts. */
    private static final int MOST_HALVED = 12;

    private static final double PILOT_SHARE = 0.02;
    private static final int LEAST_ROUNDS = 3;
    private static final int PARTS = 100;
    private static final double OPS_SHARE = 0.5;

    /** Copies the list. */
    public Calibration {
        residuals = ImmutableList.copyOf(residuals);
    }

    /**
     * Calibrates.
     *
     * @param backend an open backend; nothing else should run on it meanwhile
     * @param request what is known and how long it may take
     * @return the profile with its residuals
     * @throws UnsupportedPlanException if the backend cannot run a probe, or has fewer ranks than asked for
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws BackendException if a probe failed
     */
    public static Calibration run(Backend backend, CalibrationRequest request) {
        int most = backend.capabilities().maxRanks();
        if (request.devices() > most) {
            throw new UnsupportedPlanException(
                    "calibration on " + request.devices() + " devices: the backend runs at most " + most + " ranks");
        }
        ProbePlans plans = new ProbePlans(request.base());
        ProbeRunner runner = new ProbeRunner(backend, plans, request.cancellation());
        Map<String, String> origin =
                runner.run(plans.of(ProbeSets.pilot()), 0, 1, false).origin();
        List<ProbeSample> samples = samples(runner, request);
        MachineProfile ops = MachineFit.of(request, samples);
        SystemFit system = SystemFit.of(
                runner,
                plans,
                ops,
                request.devices(),
                share(request, 1 - OPS_SHARE),
                (used, what) -> tell(request, OPS_SHARE + used * (1 - OPS_SHARE), what));
        List<ProbeResidual> all = new ArrayList<>(new OpPredictions(system.machine()).residuals(samples));
        all.addAll(system.residuals());
        tell(request, 1, "fitted");
        return new Calibration(named(system.machine(), origin, request.devices()), all);
    }

    private static MachineProfile named(MachineProfile m, Map<String, String> origin, int devices) {
        SortedMap<String, String> all = new TreeMap<>(origin);
        all.put("probed-devices", Integer.toString(devices));
        return new MachineProfile(m.cluster(), m.hardware(), m.stack(), m.precision(), all);
    }

    private static List<ProbeSample> samples(ProbeRunner runner, CalibrationRequest request) {
        Duration moment = share(request, PILOT_SHARE);
        runner.measure(List.of(ProbeSets.pilot()), moment, LEAST_ROUNDS, (used, what) -> tell(request, 0, "warm-up"));
        List<ProbeSample> pilot = runner.measure(
                List.of(ProbeSets.pilot()), moment, LEAST_ROUNDS, (used, what) -> tell(request, 0, what));
        double memory =
                MEMORY_SHARE * request.base().cluster().accelerator().memory().value();
        for (int halved = 0; ; halved++) {
            try {
                return runner.measure(
                        sets(pilot, memory / (1L << halved), request),
                        share(request, OPS_SHARE),
                        LEAST_ROUNDS,
                        (used, what) -> tell(request, used * OPS_SHARE, what));
            } catch (UnsupportedPlanException e) {
                // The data sheet need not be this device's: it may have less memory, or share it among its ranks.
                if (halved == MOST_HALVED) {
                    throw e;
                }
            }
        }
    }

    private static List<ProbeSet> sets(List<ProbeSample> pilot, double memory, CalibrationRequest request) {
        double longest = Math.clamp(request.time().toNanos() * 1e-9 * LONGEST_SHARE, SHORTEST_LIMIT, LONGEST_LIMIT);
        ProbeScale scale =
                ProbeScale.of(pilot, longest, memory, request.base().precision().storageBytes());
        List<ProbeSet> sets = new ArrayList<>(ProbeSets.compute(scale));
        if (request.devices() > 1) {
            ProbeSets.compute(scale).forEach(s -> sets.add(s.on(request.devices())));
            for (int ranks = 2; ranks < request.devices(); ranks *= 2) {
                sets.addAll(ProbeSets.transfers(scale, ranks));
            }
            sets.addAll(ProbeSets.transfers(scale, request.devices()));
        }
        return sets;
    }

    private static Duration share(CalibrationRequest request, double share) {
        return Duration.ofNanos(Math.round(share * request.time().toNanos()));
    }

    private static void tell(CalibrationRequest request, double used, String what) {
        request.progress().progressed((int) Math.round(used * PARTS), PARTS, what);
    }
}
