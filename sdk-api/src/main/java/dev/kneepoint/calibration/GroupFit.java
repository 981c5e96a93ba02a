package dev.kneepoint.calibration;

import dev.kneepoint.internal.fit.BoundedFit;
import dev.kneepoint.internal.fit.Quantiles;
import dev.kneepoint.profile.GroupTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;

/** Fits {@code alpha + W / B} to the sizes of one collective over one shape of group. */
final class GroupFit {
    private static final double MICRO = 1e-6;
    private static final double GIGA = 1e9;
    /** How far the search goes from what is typical: machines that others use have times far off it. */
    private static final double FAR = 100;

    private GroupFit() {}

    /** One measured size. */
    record Point(double busBytes, double seconds) {
        double rate() {
            return busBytes / seconds;
        }
    }

    /** What a call takes that is hardly transfer: the middle of those with the fewest bytes. */
    static double shortest(List<Point> points) {
        List<Point> sorted = points.stream()
                .sorted(Comparator.comparingDouble(Point::busBytes))
                .toList();
        return median(sorted.subList(0, Math.ceilDiv(sorted.size(), 2)).stream().mapToDouble(Point::seconds));
    }

    /** What rate large calls have: the middle of those with the most bytes. */
    static double rate(List<Point> points) {
        List<Point> sorted = points.stream()
                .sorted(Comparator.comparingDouble(Point::busBytes))
                .toList();
        return median(sorted.subList(sorted.size() - Math.ceilDiv(sorted.size(), 4), sorted.size()).stream()
                .mapToDouble(Point::rate));
    }

    private static double median(DoubleStream values) {
        return Quantiles.of(values.sorted().toArray(), 0.5).orElseThrow();
    }

    /** Of at least two points of different sizes that move bytes. */
    static GroupTime of(String collective, GroupShape shape, List<Point> points) {
        double start = shortest(points);
        double rate = rate(points);
        double[] found = BoundedFit.minimise(
                new double[] {Math.log(start), Math.log(rate)},
                new double[] {Math.log(start / FAR), Math.log(rate / FAR)},
                new double[] {Math.log(start * FAR), Math.log(rate * FAR)},
                x -> residuals(x, points));
        double[] errors = Arrays.stream(residuals(found, points))
                .map(r -> Math.abs(Math.exp(r) - 1))
                .sorted()
                .toArray();
        return new GroupTime(
                collective,
                shape.ranks(),
                shape.nodes(),
                Math.exp(found[0]) / MICRO,
                Math.exp(found[1]) / GIGA,
                points.size(),
                Quantiles.of(errors, 0.5).orElseThrow());
    }

    private static double[] residuals(double[] x, List<Point> points) {
        double alpha = Math.exp(x[0]);
        double rate = Math.exp(x[1]);
        return points.stream()
                .mapToDouble(p -> Math.log((alpha + p.busBytes() / rate) / p.seconds()))
                .toArray();
    }
}
