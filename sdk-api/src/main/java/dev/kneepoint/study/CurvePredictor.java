package dev.kneepoint.study;

import dev.kneepoint.analysis.Knee;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.analysis.ScalingPoint;
import dev.kneepoint.calibration.MeasuredPoint;
import dev.kneepoint.calibration.SeriesCalibration;
import dev.kneepoint.calibration.StepInterval;
import dev.kneepoint.cost.MicroBatchChoice;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Calibrates on measured points and predicts a curve. */
final class CurvePredictor {
    private final ScalingPredictionBuilder settings;
    private final SeriesCalibration calibration;

    CurvePredictor(ScalingPredictionBuilder settings) {
        this.settings = settings;
        this.calibration = SeriesCalibration.fit(settings.measured);
    }

    ScalingPrediction run() {
        List<PredictedPoint> points = new ArrayList<>();
        List<StudyPoint.CannotRun> refused = new ArrayList<>();
        for (int devices : settings.devices) {
            settings.cancellation.throwIfCancelled("predicting " + devices + " devices");
            Scenario scenario = at(devices);
            switch (layout(scenario, devices)) {
                case Feasibility.Feasible f -> points.add(point(scenario, f.layout()));
                case Feasibility.Infeasible i -> refused.add(new StudyPoint.CannotRun(devices, i.message()));
            }
        }
        KneeResult knee = Knee.find(
                points.stream()
                        .map(p -> new ScalingPoint(p.devices(), p.tokensPerSecond()))
                        .toList(),
                settings.rule);
        return new ScalingPrediction(
                calibration.apply(at(1)),
                settings.scaling,
                settings.batch,
                settings.strategy.spec(),
                settings.interval,
                calibration,
                points,
                refused,
                knee,
                sentence(points, knee));
    }

    private Scenario at(int devices) {
        int batch = settings.scaling == Scaling.STRONG ? settings.batch : Math.multiplyExact(settings.batch, devices);
        return settings.scenario.withWorkload(settings.scenario.workload().withGlobalBatch(batch));
    }

    /** What was measured runs, whatever our memory estimate says of it. */
    private Feasibility layout(Scenario scenario, int devices) {
        List<Integer> used = settings.measured.stream()
                .map(p -> p.layout().microBatch())
                .distinct()
                .toList();
        ParallelismStrategy s = settings.strategy;
        if (s.microBatch().isEmpty() && used.size() == 1) {
            s = s.toBuilder().microBatch(used.get(0)).build();
        }
        if (s.microBatch().isPresent()
                && !settings.measured.isEmpty()
                && Layout.of(scenario.workload(), s, devices) instanceof Feasibility.Feasible f) {
            return f;
        }
        return MicroBatchChoice.quickest(scenario, settings.strategy, devices);
    }

    private PredictedPoint point(Scenario scenario, Layout layout) {
        StepInterval step = calibration.predict(scenario, layout, settings.interval);
        double flops = ModelCounts.modelFlopsPerStep(scenario.workload(), FlopConvention.NON_CAUSAL);
        double peak = scenario.cluster()
                .accelerator()
                .peak(scenario.workload().precision())
                .orElseThrow(() -> new IllegalArgumentException(
                        scenario.cluster().accelerator().name() + " has no "
                                + scenario.workload().precision().label()))
                .value();
        return new PredictedPoint(
                layout.devices(),
                layout.strategy().spec(),
                scenario.workload().globalBatch(),
                step,
                scenario.workload().tokensPerStep() / step.seconds(),
                flops / (step.seconds() * layout.devices() * peak),
                measured(scenario, layout));
    }

    private OptionalDouble measured(Scenario scenario, Layout layout) {
        return calibration.used().stream()
                .filter(p -> p.layout().equals(layout) && p.scenario().equals(scenario))
                .mapToDouble(MeasuredPoint::seconds)
                .findFirst();
    }

    private String sentence(List<PredictedPoint> points, KneeResult knee) {
        String what = settings.scenario.workload().model().name() + " on "
                + settings.scenario.cluster().name() + " with " + settings.strategy.spec();
        String basis = calibration.isCalibrated()
                ? String.format(
                        Locale.ROOT,
                        "calibrated on %d measured %s",
                        calibration.used().size(),
                        calibration.used().size() == 1 ? "point" : "points")
                : "not calibrated";
        String answer = switch (knee) {
            case KneeResult.At at ->
                String.format(
                        Locale.ROOT,
                        "scaling pays up to %,d devices; the next step returns %.0f %% of proportional",
                        at.devices(),
                        100 * at.returnAfter());
            case KneeResult.BeyondRange beyond ->
                String.format(Locale.ROOT, "every step up to %,d devices still pays", beyond.largest());
            case KneeResult.Never never -> "no knee (" + never.reason() + ")";
        };
        String end = points.isEmpty() ? "" : "; " + largest(points.get(points.size() - 1));
        return what + ", " + basis + ": " + answer + end + ".";
    }

    private String largest(PredictedPoint p) {
        return String.format(
                Locale.ROOT,
                "a step at %,d takes %.3f s (%.0f %% interval %.3f to %.3f)",
                p.devices(),
                p.step().seconds(),
                100 * settings.interval,
                p.step().low(),
                p.step().high());
    }
}
