package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.ValidationRow;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.hipparchus.stat.descriptive.rank.Percentile;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;

/** Error by number of devices, by doublings: the median, and where four in five rows lie. */
final class DevicesPicture {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 460;
    private static final int LEAST_ROWS = 5;

    private DevicesPicture() {}

    static String of(List<ValidationRow> rows) {
        YIntervalSeriesCollection data = new YIntervalSeriesCollection();
        data.addSeries(
                series("predictions: median, and 10th to 90th percentile", rows, ValidationRow::relativeError, true));
        data.addSeries(series("null model: median", rows, ValidationRow::nullModelError, false));
        DeviationRenderer lines = new DeviationRenderer(true, true);
        lines.setAlpha(0.25f);
        NumberAxis error = new NumberAxis("predicted/measured - 1, %");
        LogAxis devices = Picture.logarithmic("devices", 2, edge(rows, true) / 1.3, edge(rows, false) * 1.3);
        XYPlot plot = new XYPlot(data, devices, error, lines);
        JFreeChart chart = Picture.chart("Error by number of devices", plot);
        style(lines, 0, Picture.OURS);
        style(lines, 1, Picture.NULL);
        plot.addRangeMarker(new ValueMarker(0, Color.BLACK, Picture.THIN));
        return Picture.svg(chart, WIDTH, HEIGHT);
    }

    private static void style(DeviationRenderer lines, int series, Color colour) {
        lines.setSeriesPaint(series, colour);
        lines.setSeriesFillPaint(series, colour);
        lines.setSeriesStroke(series, Picture.LINE);
        lines.setSeriesShape(series, Picture.diamond(8));
    }

    /** The smallest or largest size that has a point, or of all if none has. */
    private static double edge(List<ValidationRow> rows, boolean least) {
        YIntervalSeries points = series("", rows, ValidationRow::relativeError, false);
        if (points.isEmpty()) {
            IntStream all = rows.stream().mapToInt(ValidationRow::devices);
            return (least ? all.min() : all.max()).orElse(1);
        }
        return points.getX(least ? 0 : points.getItemCount() - 1).doubleValue();
    }

    private static YIntervalSeries series(
            String name, List<ValidationRow> rows, Function<ValidationRow, Optional<Double>> error, boolean spread) {
        Map<Integer, List<Double>> bins = new TreeMap<>();
        for (ValidationRow r : rows) {
            int doubling = (int) Math.round(Math.log(r.devices()) / Math.log(2));
            error.apply(r)
                    .ifPresent(e -> bins.computeIfAbsent(doubling, d -> new ArrayList<>())
                            .add(100 * e));
        }
        YIntervalSeries series = new YIntervalSeries(name);
        bins.forEach((doubling, errors) -> {
            if (errors.size() >= LEAST_ROWS) {
                Percentile p = new Percentile().withEstimationType(Percentile.EstimationType.R_7);
                p.setData(errors.stream().mapToDouble(Double::doubleValue).toArray());
                double median = p.evaluate(50);
                series.add(
                        Math.pow(2, doubling),
                        median,
                        spread ? p.evaluate(10) : median,
                        spread ? p.evaluate(90) : median);
            }
        });
        return series;
    }
}
