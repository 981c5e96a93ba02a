package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.ErrorSummary;
import dev.kneepoint.calibration.FamilyVotes;
import dev.kneepoint.calibration.ValidationRow;
import java.awt.geom.Rectangle2D;
import java.util.Comparator;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.DatasetRenderingOrder;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.LineAndShapeRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.data.category.DefaultCategoryDataset;

/** Median error of every voting family beside the null model's, and the 90th percentile. */
final class SourcesPicture {
    private static final int WIDTH = 900;
    private static final int ROW = 36;
    private static final int MARGIN = 130;

    private SourcesPicture() {}

    static String of(List<ValidationRow> rows) {
        List<ErrorSummary> voters = FamilyVotes.of(rows).voters().stream()
                .sorted(Comparator.comparingDouble(
                        (ErrorSummary s) -> s.median().orElse(0)))
                .toList();
        DefaultCategoryDataset bars = new DefaultCategoryDataset();
        DefaultCategoryDataset marks = new DefaultCategoryDataset();
        for (ErrorSummary s : voters) {
            String name = s.name() + " (" + s.rows() + ")";
            bars.addValue(100 * s.median().orElse(0), "median", name);
            bars.addValue(100 * s.nullMedian().orElse(0), "null model: median", name);
            marks.addValue(100 * s.p90().orElse(0), "90th percentile", name);
        }
        CategoryAxis names = new CategoryAxis();
        names.setCategoryMargin(0.3);
        names.setLowerMargin(0.01);
        names.setUpperMargin(0.01);
        names.setMaximumCategoryLabelWidthRatio(0.6f);
        BarRenderer medians = new BarRenderer();
        LineAndShapeRenderer ticks = new LineAndShapeRenderer(false, true);
        CategoryPlot plot = new CategoryPlot(bars, names, new NumberAxis("|predicted/measured - 1|, %"), medians);
        plot.setOrientation(PlotOrientation.HORIZONTAL);
        plot.setRangeAxisLocation(AxisLocation.BOTTOM_OR_LEFT);
        plot.setDataset(1, marks);
        plot.setRenderer(1, ticks);
        plot.setDatasetRenderingOrder(DatasetRenderingOrder.FORWARD);
        JFreeChart chart = Picture.chart("Error by family of sources (rows)", plot);
        plot.setRangeGridlineStroke(Picture.THIN);
        style(medians, ticks);
        return Picture.svg(chart, WIDTH, MARGIN + ROW * voters.size());
    }

    private static void style(BarRenderer medians, LineAndShapeRenderer ticks) {
        medians.setBarPainter(new StandardBarPainter());
        medians.setShadowVisible(false);
        medians.setItemMargin(0.05);
        medians.setSeriesPaint(0, Picture.OURS);
        medians.setSeriesPaint(1, Picture.NULL);
        ticks.setSeriesShape(0, new Rectangle2D.Double(-1.5, -10, 3, 20));
        ticks.setSeriesPaint(0, Picture.COLOURS.get(1));
        ticks.setDrawOutlines(false);
    }
}
