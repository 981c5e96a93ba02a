package dev.kneepoint.calibration.probe;

import dev.kneepoint.internal.fit.BoundedFit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;

/**
 * Fits a curve to samples: bounded robust least squares of log(predicted/measured), scale parameters on a logarithmic
 * axis.
 *
 * @param <C> the curve
 */
final class CurveFit<C> {
    private record Axis(double start, double low, double high, boolean logarithmic) {
        double to(double value) {
            return logarithmic ? Math.log(value) : value;
        }

        double from(double x) {
            return logarithmic ? Math.exp(x) : x;
        }
    }

    private final List<Axis> axes = new ArrayList<>();
    private final Function<double[], C> make;
    private final ToDoubleBiFunction<C, ProbeSample> predict;

    /**
     * A fit without parameters.
     *
     * @param make a curve of parameters in the order in which they are added
     * @param predict seconds of a sample's op on a curve
     */
    CurveFit(Function<double[], C> make, ToDoubleBiFunction<C, ProbeSample> predict) {
        this.make = make;
        this.predict = predict;
    }

    /** A positive parameter of unknown magnitude. */
    CurveFit<C> scale(double start, double low, double high) {
        axes.add(new Axis(Math.clamp(start, low, high), low, high, true));
        return this;
    }

    /** A parameter that may be 0. */
    CurveFit<C> share(double start, double high) {
        axes.add(new Axis(start, 0, high, false));
        return this;
    }

    /** A parameter that is known. */
    CurveFit<C> fixed(double value) {
        axes.add(new Axis(value, value, value, false));
        return this;
    }

    C fit(List<ProbeSample> samples) {
        List<Axis> free = axes.stream().filter(a -> a.low < a.high).toList();
        double[] found = BoundedFit.minimise(
                free.stream().mapToDouble(a -> a.to(a.start)).toArray(),
                free.stream().mapToDouble(a -> a.to(a.low)).toArray(),
                free.stream().mapToDouble(a -> a.to(a.high)).toArray(),
                x -> residuals(curve(x), samples));
        return curve(found);
    }

    private C curve(double[] x) {
        double[] values = new double[axes.size()];
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            Axis a = axes.get(i);
            values[i] = a.low < a.high ? a.from(x[at++]) : a.start;
        }
        return make.apply(values);
    }

    private double[] residuals(C curve, List<ProbeSample> samples) {
        return samples.stream()
                .mapToDouble(s -> Math.log(predict.applyAsDouble(curve, s) / s.seconds()))
                .toArray();
    }

    /** How well a curve describes samples: mean magnitude of log(predicted/measured). */
    double error(C curve, List<ProbeSample> samples) {
        double sum = 0;
        for (double r : residuals(curve, samples)) {
            sum += Math.abs(r);
        }
        return sum / samples.size();
    }
}
