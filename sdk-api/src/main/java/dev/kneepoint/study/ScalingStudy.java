package dev.kneepoint.study;

import dev.kneepoint.analysis.Knee;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.analysis.ScalingPoint;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Runs every strategy at every size on one backend, finds each series' knee, and says what to do. Immutable; each call
 * of {@link #run()} opens and closes its own backend.
 */
public final class ScalingStudy {
    /** Name of the series that takes the quickest strategy at each size. */
    public static final String ENVELOPE = "best";

    private static final int MAX_POINTS = 100_000;

    private final ScalingStudyBuilder settings;
    private final Scenario scenario;

    ScalingStudy(ScalingStudyBuilder settings) {
        this.settings = settings;
        this.scenario = settings.scenario;
        Checks.range(settings.scaling == Scaling.STRONG ? "global batch" : "local batch", settings.batch, 1, 1 << 24);
        Checks.range("number of strategies", settings.strategies.size(), 1, MAX_POINTS);
        Checks.range("number of sizes", settings.devices.size(), 1, MAX_POINTS);
        for (int n : settings.devices) {
            Checks.range("devices", n, 1, scenario.cluster().maxDevices());
        }
    }

    /**
     * Starts a study.
     *
     * @param backends where backends come from
     * @param scenario what is run on what; its global batch is replaced by the study's
     * @return a builder
     */
    public static ScalingStudyBuilder builder(BackendRegistry backends, Scenario scenario) {
        return new ScalingStudyBuilder(backends, scenario);
    }

    /**
     * Runs all points.
     *
     * @return the result; points that cannot run say why
     * @throws dev.kneepoint.spi.ExecutionCancelledException if the host cancelled it
     * @throws DeadlineExceededException if the deadline passed
     * @throws dev.kneepoint.spi.BackendException if the backend failed
     */
    public StudyResult run() {
        try (Backend backend = settings.backends.open(settings.backend, settings.options)) {
            return run(backend);
        }
    }

    /**
     * Runs all points on a backend that is open already, and leaves it open. All processes of a run that have several get
     * the same result.
     *
     * @param backend the backend that the builder names, for who has more to do with it or asks whether it leads
     * @return the result; points that cannot run say why
     * @throws dev.kneepoint.spi.ExecutionCancelledException if the host cancelled it
     * @throws DeadlineExceededException if the deadline passed
     * @throws dev.kneepoint.spi.BackendException if the backend failed
     * @since 0.2
     */
    @Incubating
    public StudyResult run(Backend backend) {
        long start = System.nanoTime();
        List<StudySeries> series = new ArrayList<>();
        int total = settings.strategies.size() * settings.devices.size();
        int done = 0;
        PointRunner runner = new PointRunner(scenario, backend, settings);
        for (ParallelismStrategy strategy : settings.strategies) {
            List<StudyPoint> points = new ArrayList<>();
            String latest = "";
            for (int n : settings.devices) {
                // A cancellation is the execution's to see: in a run of several processes it lets all of them end
                // alike.
                checkDeadline(backend, start, done, total);
                points.add(runner.run(strategy, n));
                latest = runner.limits().orElse(latest);
                settings.progress.progressed(++done, total, strategy.spec() + " on " + n);
            }
            series.add(series(strategy.spec(), points, latest));
        }
        List<StudySeries> shown = new ArrayList<>(series);
        if (settings.envelope) {
            shown.add(series(ENVELOPE, Envelope.of(series, settings.devices), Envelope.limiter(series)));
        }
        return new StudyResult(
                title(),
                scenario,
                settings.scaling,
                settings.batch,
                settings.backend,
                shown,
                Verdicts.of(scenario, settings.scaling, shown),
                Assumptions.of(scenario, settings));
    }

    private String title() {
        String batch = settings.scaling == Scaling.STRONG
                ? "strong scaling, global batch " + settings.batch
                : "weak scaling, " + settings.batch + " per device";
        return scenario.workload().model().name() + " on " + scenario.cluster().name() + ", " + batch;
    }

    private void checkDeadline(Backend backend, long start, int done, int total) {
        if (settings.deadline.isPresent()
                && backend.decide(
                        System.nanoTime() - start > settings.deadline.get().toNanos())) {
            throw new DeadlineExceededException("the deadline of " + settings.deadline.get() + " passed after " + done
                    + " of " + total + " points");
        }
    }

    private StudySeries series(String name, List<StudyPoint> points, String limiter) {
        List<ScalingPoint> ran = points.stream()
                .filter(StudyPoint.Ran.class::isInstance)
                .map(p -> new ScalingPoint(
                        p.devices(), ((StudyPoint.Ran) p).metrics().tokensPerSecond()))
                .sorted(Comparator.comparingInt(ScalingPoint::devices))
                .toList();
        KneeResult knee = ran.isEmpty() ? new KneeResult.Never("no size ran") : Knee.find(ran, settings.rule);
        return new StudySeries(name, points, knee, ran.isEmpty() ? "" : limiter);
    }
}
