package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.StreamCurve;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Fits {@link StreamCurve}s. */
final class StreamFit {
    private static final double MICRO = 1e-6;
    private static final double MEGA = 1e6;
    private static final double GIGA = 1e9;
    /** Starts of the search, 10^6 bytes: a curve that bends late looks like one that does not bend. */
    private static final double[] CACHES = {0.1, 1, 8};

    private StreamFit() {}

    /** The curve of samples of one kind, of one or several ranks at once. */
    static StreamCurve of(List<ProbeSample> samples) {
        ProbeSample least = samples.stream()
                .min(Comparator.comparingDouble(ProbeSample::seconds))
                .orElseThrow();
        double best =
                samples.stream().mapToDouble(s -> bytes(s) / s.seconds()).max().orElseThrow();
        double far = samples.stream()
                .max(Comparator.comparingDouble(StreamFit::bytes))
                .map(s -> bytes(s) / s.seconds())
                .orElseThrow();
        return Arrays.stream(CACHES)
                .mapToObj(cache -> {
                    CurveFit<StreamCurve> fit = fit(samples, least.seconds() / MICRO, best / GIGA, far / best, cache);
                    StreamCurve curve = fit.fit(samples);
                    return new Tried(curve, fit.error(curve, samples));
                })
                .min(Comparator.comparingDouble(Tried::error))
                .orElseThrow()
                .curve();
    }

    private record Tried(StreamCurve curve, double error) {}

    /** A curve that bends beyond the largest sample would say anything of larger ones. */
    private static CurveFit<StreamCurve> fit(
            List<ProbeSample> samples, double micros, double rate, double drop, double cache) {
        double largest = samples.stream().mapToDouble(StreamFit::bytes).max().orElseThrow() / MEGA;
        CurveFit<StreamCurve> fit = new CurveFit<>(
                        v -> new StreamCurve(v[0], v[1], v[1] * v[2], v[3], v[4], v[5]), StreamFit::seconds)
                .scale(micros / 2, micros / 1e3, micros)
                .scale(rate, rate / 3, rate * 10)
                .scale(Math.clamp(drop, 0.1, 0.9), 0.05, 1)
                .scale(cache, 0.02, Math.max(0.03, largest / 1.5));
        boolean several =
                samples.stream().mapToDouble(StreamFit::busy).distinct().count() > 1;
        return several ? fit.share(0.1, 3).share(0.1, 3) : fit.fixed(0).fixed(0);
    }

    /** Bytes that the curve of the sample's op counts. */
    static double bytes(ProbeSample s) {
        return switch (s.op()) {
            case Op.MemoryBound m -> m.bytes();
            case Op.OptimizerStep o -> o.bytes();
            case Op.Collective c -> c.kind().busBytes(c.bytes(), s.ranks());
            case Op.SendReceive t -> t.bytes();
            case Op.Matmul m -> throw new IllegalArgumentException("a product does not stream");
            case Op.Attention a -> throw new IllegalArgumentException("attention does not stream");
        };
    }

    private static double busy(ProbeSample s) {
        return s.op() instanceof Op.Collective ? s.ranks() - 1 : s.ranks();
    }

    static double seconds(StreamCurve curve, ProbeSample s) {
        return curve.seconds(bytes(s), busy(s));
    }
}
