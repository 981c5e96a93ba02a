package dev.kneepoint.calibration.probe;

import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs sets of probes on a backend, round by round, so that a machine whose speed drifts does it to all alike. */
final class ProbeRunner {
    private static final int MOST_ROUNDS = 40;

    private final Backend backend;
    private final ProbePlans plans;
    private final CancellationToken cancellation;

    ProbeRunner(Backend backend, ProbePlans plans, CancellationToken cancellation) {
        this.backend = backend;
        this.plans = plans;
        this.cancellation = cancellation;
    }

    /** Hears how much of the time is used: 0 to 1. */
    interface Progress {
        void used(double fraction, String what);
    }

    /** One probe's turn in a round. */
    interface Turn {
        /** Takes it; the first round only warms up. */
        void take(int probe, boolean warm);
    }

    /** Gives every probe its turn, round by round, as long as {@link #goesOn} says; so do all processes of the run. */
    void rounds(List<String> probes, Duration time, int leastRounds, Progress progress, Turn turn) {
        int turns = (leastRounds + 1) * probes.size();
        long start = System.nanoTime();
        for (int round = 0; backend.decide(goesOn(round, leastRounds, start, time)); round++) {
            for (int i = 0; i < probes.size(); i++) {
                turn.take(i, round > 0);
                double used = (double) (System.nanoTime() - start) / time.toNanos();
                double least = (round * probes.size() + i + 1.0) / turns;
                progress.used(Math.min(1, Math.min(used, least)), probes.get(i));
            }
        }
    }

    /**
     * Measures sets until their time is used, at least {@code leastRounds} times after a first round that warms up, and at
     * most {@value #MOST_ROUNDS} times.
     *
     * @param sets the sets
     * @param time time for all of them
     * @return one sample per op
     */
    List<ProbeSample> measure(List<ProbeSet> sets, Duration time, int leastRounds, Progress progress) {
        List<ProbeTimes> times = sets.stream().map(ProbeTimes::new).toList();
        List<StepPlan> compiled = sets.stream().map(plans::of).toList();
        rounds(sets.stream().map(ProbeSet::name).toList(), time, leastRounds, progress, (i, warm) -> {
            Timeline timeline = run(compiled.get(i), 1, 1, true).timeline();
            if (warm) {
                times.get(i).add(timeline);
            }
        });
        return samples(sets, times);
    }

    /** Whether there is another round. */
    static boolean goesOn(int round, int leastRounds, long startNanos, Duration time) {
        boolean inTime = System.nanoTime() - startNanos < time.toNanos();
        return round <= leastRounds || (round <= MOST_ROUNDS && inTime);
    }

    private static List<ProbeSample> samples(List<ProbeSet> sets, List<ProbeTimes> times) {
        List<ProbeSample> out = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            ProbeSet set = sets.get(i);
            for (int op = 0; op < set.ops().size(); op++) {
                boolean transfer = set.ops().get(op) instanceof Op.Collective;
                double gap = transfer ? 0 : times.get(i).gap(op);
                out.add(new ProbeSample(
                        set.ops().get(op), set.ranks(), times.get(i).seconds(op), gap));
            }
        }
        return out;
    }

    /** One execution. */
    ExecutionResult run(StepPlan plan, int warmup, int steps, boolean spans) {
        return backend.execute(new ExecutionRequest(plan, warmup, steps, spans, Optional.empty(), cancellation));
    }
}
