package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.ValidationRow;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYPolygonAnnotation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Predicted against measured step time, a colour for each of the largest families. */
final class ScatterPicture {
    private static final String OTHERS = "other families";
    private static final int WIDTH = 900;
    private static final int HEIGHT = 860;

    private ScatterPicture() {}

    static String of(List<ValidationRow> rows) {
        XYSeriesCollection data = data(rows);
        double low = edge(rows, true);
        double high = edge(rows, false);
        XYLineAndShapeRenderer points = new XYLineAndShapeRenderer(false, true);
        points.setDrawOutlines(false);
        XYPlot plot = new XYPlot(
                data,
                Picture.logarithmic("measured step time, s", 10, low, high),
                Picture.logarithmic("predicted step time, s", 10, low, high),
                points);
        JFreeChart chart = Picture.chart("Predicted against measured step time (bands: 10 % and 25 % off)", plot);
        for (int i = 0; i < data.getSeriesCount(); i++) {
            boolean others = data.getSeriesKey(i).equals(OTHERS);
            points.setSeriesPaint(i, Picture.COLOURS.get(others ? Picture.COLOURS.size() - 1 : i));
            points.setSeriesShape(i, Picture.diamond(6));
        }
        band(points, low, high, 0.25, new Color(0xE6EEF4));
        band(points, low, high, 0.10, new Color(0xC3D6E4));
        band(points, low, high, 0.005, new Color(0x5F7482));
        return Picture.svg(chart, WIDTH, HEIGHT);
    }

    private static void band(XYLineAndShapeRenderer under, double low, double high, double off, Color colour) {
        double[] corners = {low, low * (1 - off), high, high * (1 - off), high, high * (1 + off), low, low * (1 + off)};
        under.addAnnotation(new XYPolygonAnnotation(corners, new BasicStroke(0f), colour, colour), Layer.BACKGROUND);
    }

    private static XYSeriesCollection data(List<ValidationRow> rows) {
        Map<String, List<ValidationRow>> families = new LinkedHashMap<>();
        rows.forEach(r -> families.computeIfAbsent(r.measurement().family(), f -> new ArrayList<>())
                .add(r));
        XYSeriesCollection data = new XYSeriesCollection();
        XYSeries others = new XYSeries(OTHERS, false);
        List<Map.Entry<String, List<ValidationRow>>> largest = families.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, List<ValidationRow>> e) ->
                                -e.getValue().size())
                        .thenComparing(Map.Entry::getKey))
                .toList();
        for (int i = 0; i < largest.size(); i++) {
            boolean own = i < Picture.COLOURS.size() - 1;
            XYSeries series = own ? new XYSeries(largest.get(i).getKey(), false) : others;
            largest.get(i)
                    .getValue()
                    .forEach(r -> series.add(
                            r.measuredSeconds().orElseThrow(),
                            r.predictedSeconds().orElseThrow()));
            if (own) {
                data.addSeries(series);
            }
        }
        if (others.getItemCount() > 0) {
            data.addSeries(others);
        }
        return data;
    }

    /** The next power of ten below or above all times. */
    private static double edge(List<ValidationRow> rows, boolean below) {
        double[] logs = rows.stream()
                .flatMap(r -> Stream.of(
                        r.measuredSeconds().orElseThrow(), r.predictedSeconds().orElseThrow()))
                .mapToDouble(Math::log10)
                .sorted()
                .toArray();
        return below ? Math.pow(10, Math.floor(logs[0])) : Math.pow(10, Math.ceil(logs[logs.length - 1]));
    }
}
