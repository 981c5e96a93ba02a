package dev.kneepoint.calibration.probe;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cost.GemmCost;
import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.GemmCurve;
import dev.kneepoint.profile.ProductCurve;
import dev.kneepoint.workload.Precision;
import java.util.Comparator;
import java.util.List;

/** Fits matrix products both ways: as register blocks with ramps, and as tiles in waves. The probes decide. */
final class ProductFit {
    private static final double[] ROW_BLOCKS = {1, 4, 16, 64};
    private static final double[] COLUMN_BLOCKS = {1, 16, 64};
    private static final double MICRO = 1e-6;
    private static final double GIGA = 1e9;

    private ProductFit() {}

    /** The best of several sizes of blocks. */
    static ProductCurve blocks(List<ProbeSample> samples) {
        ProductCurve best = null;
        double least = Double.POSITIVE_INFINITY;
        for (double rows : ROW_BLOCKS) {
            for (double columns : COLUMN_BLOCKS) {
                CurveFit<ProductCurve> fit = blocks(samples, rows, columns);
                ProductCurve curve = fit.fit(samples);
                double error = fit.error(curve, samples);
                if (best == null || error < least) {
                    best = curve;
                    least = error;
                }
            }
        }
        return java.util.Objects.requireNonNull(best);
    }

    private static CurveFit<ProductCurve> blocks(List<ProbeSample> samples, double rows, double columns) {
        double quickest =
                samples.stream().mapToDouble(ProbeSample::seconds).min().orElseThrow() / MICRO;
        double rate = rate(samples) / GIGA;
        CurveFit<ProductCurve> fit = new CurveFit<>(
                        v -> new ProductCurve(v[0], v[1], rows, columns, v[2], v[3], v[4], v[5]), ProductFit::seconds)
                .scale(quickest / 4, quickest / 1e3, quickest)
                .scale(rate * 1.1, rate / 2, rate * 4)
                .scale(4, 0.05, 500)
                .scale(4, 0.05, 500)
                .scale(4, 0.05, 500);
        return samples.stream().mapToInt(ProbeSample::ranks).distinct().count() > 1 ? fit.share(0.1, 3) : fit.fixed(0);
    }

    /** Operations per second of the best product of one rank alone. */
    static double rate(List<ProbeSample> samples) {
        return samples.stream()
                .filter(s -> s.ranks() == 1)
                .mapToDouble(s -> s.op().flops() / s.seconds())
                .max()
                .orElseThrow();
    }

    static double seconds(ProductCurve curve, ProbeSample s) {
        Op.Matmul m = (Op.Matmul) s.op();
        return curve.seconds(m.rows(), m.columns(), m.inner(), m.count(), s.ranks());
    }

    static double error(ProductCurve curve, List<ProbeSample> samples) {
        return samples.stream()
                .mapToDouble(s -> Math.abs(Math.log(seconds(curve, s) / s.seconds())))
                .average()
                .orElseThrow();
    }

    /** Tiles and waves on a device, for products of one rank alone. */
    record Tiles(GemmCurve curve, double error) {}

    static Tiles tiles(List<ProbeSample> all, GemmCurve start, Accelerator device, Precision precision) {
        double peak = device.peak(precision).orElseThrow().value();
        List<ProbeSample> samples = all.stream().filter(s -> s.ranks() == 1).toList();
        GemmCost cost = new GemmCost();
        double quickest = samples.stream()
                .min(Comparator.comparingDouble(ProbeSample::seconds))
                .orElseThrow()
                .seconds();
        CurveFit<GemmCurve> fit = new CurveFit<>(
                        v -> new GemmCurve(v[0], v[1], v[2], v[3], v[4], v[5], 1, v[6]), (curve, s) -> {
                            cost.set(
                                    curve,
                                    peak,
                                    device.memoryBandwidth().value(),
                                    device.multiprocessors(),
                                    precision.operandBytes(),
                                    1);
                            Op.Matmul m = (Op.Matmul) s.op();
                            return cost.seconds(m.rows(), m.columns(), m.inner(), m.count());
                        })
                .scale(rate(samples) / peak, 0.02, 3)
                .scale(start.memoryEfficiency(), 0.05, 20)
                .scale(Math.max(1, start.fillK()), 0.5, 2000)
                .scale(start.tileRatio1(), 0.3, 1.5)
                .scale(start.tileRatio2(), 0.3, 1.5)
                .scale(Math.max(0.01, start.floorMicros()), 0.01, Math.max(0.02, quickest / MICRO * 1.5))
                .scale(start.misaligned64(), 1, 2);
        GemmCurve curve = fit.fit(samples);
        return new Tiles(curve, fit.error(curve, samples));
    }
}
