package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.CoreCurve;
import java.util.List;

/** Fits {@link CoreCurve}s. */
final class CoreFit {
    private static final double MICRO = 1e-6;
    private static final double GIGA = 1e9;

    private CoreFit() {}

    static CoreCurve of(List<ProbeSample> samples) {
        double quickest =
                samples.stream().mapToDouble(ProbeSample::seconds).min().orElseThrow() / MICRO;
        double rate = ProductFit.rate(samples) / GIGA;
        CurveFit<CoreCurve> fit = new CurveFit<>(
                        v -> new CoreCurve(v[0], v[1], v[2], v[3], v[4], v[5]), CoreFit::seconds)
                .scale(quickest / 4, quickest / 1e3, quickest)
                .scale(100 / rate, 0.1 / rate, 1e4 / rate)
                .scale(10 / rate, 0.01 / rate, 1e3 / rate)
                .scale(20 / rate, 0.02 / rate, 1e3 / rate)
                .scale(rate * 1.5, rate / 2, rate * 10);
        return (samples.stream().mapToInt(ProbeSample::ranks).distinct().count() > 1 ? fit.share(0.1, 3) : fit.fixed(0))
                .fit(samples);
    }

    static double seconds(CoreCurve curve, ProbeSample s) {
        Op.Attention a = (Op.Attention) s.op();
        double rows = a.sequences() * a.queries() * a.heads();
        return curve.seconds(rows, rows * a.span() / 2, a.headSize(), a.flops(), s.ranks());
    }

    /**
     * A device's own curve, one for both directions.
     *
     * @param curve the curve, for operands of the probes' number format
     * @param error mean magnitude of log(predicted/measured)
     */
    record Lengths(AttentionCurve curve, double error) {}

    static Lengths lengths(List<ProbeSample> all) {
        List<ProbeSample> samples = all.stream().filter(s -> s.ranks() == 1).toList();
        double rate = ProductFit.rate(samples) / 1e12;
        CurveFit<AttentionCurve> fit = new CurveFit<>(v -> new AttentionCurve(v[0], v[1], v[2], v[3]), (curve, s) -> {
                    Op.Attention a = (Op.Attention) s.op();
                    return a.flops() / curve.rate(a.length(), a.headSize());
                })
                .scale(rate * 1.5, rate / 20, rate * 20)
                .scale(64, 1, 20_000)
                .scale(rate, rate / 20, rate * 20)
                .scale(64, 1, 20_000);
        AttentionCurve curve = fit.fit(samples);
        return new Lengths(curve, fit.error(curve, samples));
    }

    static double error(CoreCurve curve, List<ProbeSample> samples) {
        return samples.stream()
                .mapToDouble(s -> Math.abs(Math.log(seconds(curve, s) / s.seconds())))
                .average()
                .orElseThrow();
    }
}
