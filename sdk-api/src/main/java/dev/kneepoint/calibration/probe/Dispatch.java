package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;
import java.util.Comparator;
import java.util.List;

/**
 * What lies between kernels. Behind long kernels the host is ahead, so their gap is the device's; behind the shortest the
 * device waits for the host where that is slower.
 */
final class Dispatch {
    private static final double MICRO = 1e-6;
    private static final int SHARE = 4;
    /** A gap that is so much longer than the device's own is the host's. */
    private static final double CLEARLY = 1.5;

    private Dispatch() {}

    /** Middle gap behind the longest quarter of kernels. */
    static double gapMicros(List<ProbeSample> samples) {
        List<ProbeSample> kernels = kernels(samples);
        return gap(kernels.subList(kernels.size() - kernels.size() / SHARE, kernels.size()));
    }

    /** Middle time from start to start of the shortest quarter, if the device waits there; else 0. */
    static double issueMicros(List<ProbeSample> samples) {
        List<ProbeSample> kernels = kernels(samples);
        List<ProbeSample> shortest = kernels.subList(0, kernels.size() / SHARE);
        double period = ProbeTimes.middle(
                        shortest.stream().map(s -> s.seconds() + s.gap()).toList())
                / MICRO;
        return gap(shortest) > CLEARLY * gapMicros(samples) ? period : 0;
    }

    private static double gap(List<ProbeSample> some) {
        return ProbeTimes.middle(some.stream().map(ProbeSample::gap).toList()) / MICRO;
    }

    private static List<ProbeSample> kernels(List<ProbeSample> samples) {
        return samples.stream()
                .filter(s -> s.ranks() == 1 && !(s.op() instanceof Op.Collective))
                .sorted(Comparator.comparingDouble(ProbeSample::seconds))
                .toList();
    }
}
