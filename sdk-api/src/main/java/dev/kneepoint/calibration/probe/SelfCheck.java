package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Predicts plans on a calibrated profile, runs the same plans for real, and compares. Immutable.
 *
 * @param plans every plan with both times
 * @since 0.2
 */
@Incubating
public record SelfCheck(List<CheckedPlan> plans) {
    private static final double MOST = 0.9;
    private static final int STEPS = 3;

    /** Copies the list. */
    public SelfCheck {
        plans = ImmutableList.copyOf(plans);
    }

    /**
     * Checks.
     *
     * @param backend an open backend; nothing else should run on it meanwhile
     * @param request profile and plans
     * @return both times of every plan
     * @throws UnsupportedPlanException if the backend cannot run a plan
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws BackendException if a run failed
     */
    public static SelfCheck run(Backend backend, SelfCheckRequest request) {
        List<StepPlan> real =
                request.plans().stream().map(p -> p.on(request.base())).toList();
        double[][] seconds = new double[real.size()][request.rounds()];
        for (int round = 0; round < request.rounds(); round++) {
            for (int i = 0; i < real.size(); i++) {
                request.cancellation().throwIfCancelled("checking");
                seconds[i][round] = median(backend, real.get(i), request);
                int done = round * real.size() + i + 1;
                request.progress()
                        .progressed(
                                done,
                                request.rounds() * real.size(),
                                request.plans().get(i).id());
            }
        }
        double[] measured =
                Arrays.stream(seconds).mapToDouble(s -> quantile(s, 0.5)).toArray();
        return compare(request, measured);
    }

    private static double median(Backend backend, StepPlan plan, SelfCheckRequest request) {
        ExecutionRequest run = new ExecutionRequest(plan, 1, STEPS, false, Optional.empty(), request.cancellation());
        return backend.execute(run).steps().median().value();
    }

    private static SelfCheck compare(SelfCheckRequest request, double[] measured) {
        List<CheckedPlan> out = new ArrayList<>();
        try (Simulation simulation = new Simulation()) {
            for (int i = 0; i < measured.length; i++) {
                DrawnPlan p = request.plans().get(i);
                double predicted = simulation.seconds(p.on(request.machine()));
                out.add(new CheckedPlan(p.id(), p.strategy().spec(), p.devices(), predicted, measured[i]));
            }
        }
        return new SelfCheck(out);
    }

    /**
     * Median of {@code |predicted/measured - 1|}.
     *
     * @return a fraction
     */
    public double medianError() {
        return quantile(errors(), 0.5);
    }

    /**
     * 90th percentile of {@code |predicted/measured - 1|}.
     *
     * @return a fraction
     */
    public double highError() {
        return quantile(errors(), MOST);
    }

    private double[] errors() {
        return plans.stream().mapToDouble(CheckedPlan::error).toArray();
    }

    private static double quantile(double[] values, double fraction) {
        return Quantiles.of(Quantiles.magnitudes(values), fraction).orElseThrow();
    }
}
