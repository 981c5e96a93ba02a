package dev.kneepoint.samples.validation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.Rectangle2D;
import java.io.StringWriter;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.StandardChartTheme;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.util.ShapeUtils;

/** The look of the pictures, and how they become SVG. */
final class Picture {
    /** Colours that differ in lightness too, after Okabe and Ito; the last one is for all others. */
    static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x6A3D9A),
            new Color(0x8C564B),
            new Color(0x888888));

    static final Color OURS = COLOURS.get(0);
    static final Color NULL = new Color(0x999999);
    static final Stroke THIN = new BasicStroke(1f);
    static final Stroke LINE = new BasicStroke(2f);

    private static final Color GRID = new Color(0xDDDDDD);
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";
    private static final String FONT = "SansSerif";

    private Picture() {}

    /** A diamond: thousands of circles would make a file several times as large. */
    static Shape diamond(double size) {
        return ShapeUtils.createDiamond((float) size / 2);
    }

    /** A chart in the common look, which takes the place of whatever the plot's renderers had been told before. */
    static JFreeChart chart(String title, Plot plot) {
        JFreeChart chart = new JFreeChart(title, new Font(FONT, Font.BOLD, 16), plot, true);
        StandardChartTheme theme = new StandardChartTheme("light");
        theme.setExtraLargeFont(new Font(FONT, Font.BOLD, 16));
        theme.setLargeFont(new Font(FONT, Font.PLAIN, 14));
        theme.setRegularFont(new Font(FONT, Font.PLAIN, 12));
        theme.setSmallFont(new Font(FONT, Font.PLAIN, 11));
        theme.setPlotBackgroundPaint(Color.WHITE);
        theme.setDomainGridlinePaint(GRID);
        theme.setRangeGridlinePaint(GRID);
        theme.setAxisOffset(RectangleInsets.ZERO_INSETS);
        theme.setShadowVisible(false);
        theme.apply(chart);
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(8, 8, 8, 16));
        plot.setOutlinePaint(GRID);
        if (plot instanceof XYPlot xy) {
            xy.setDomainGridlineStroke(THIN);
            xy.setRangeGridlineStroke(THIN);
        }
        return chart;
    }

    /** An axis with a tick at every power of its base. */
    static LogAxis logarithmic(String label, double base, double low, double high) {
        LogAxis axis = new LogAxis(label);
        axis.setBase(base);
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setMinorTickMarksVisible(false);
        axis.setNumberFormatOverride(new DecimalFormat("#,##0.###", DecimalFormatSymbols.getInstance(Locale.ROOT)));
        axis.setRange(low, high);
        return axis;
    }

    static String svg(JFreeChart chart, int width, int height) {
        try {
            SVGGeneratorContext context = SVGGeneratorContext.createDefault(DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(NAMESPACE, "svg", null));
            context.setComment(null);
            context.setPrecision(1);
            SVGGraphics2D svg = new SVGGraphics2D(context, false);
            svg.setSVGCanvasSize(new Dimension(width, height));
            draw(chart, svg, width, height);
            StringWriter out = new StringWriter();
            svg.stream(out, true);
            return out.toString();
        } catch (ParserConfigurationException | SVGGraphics2DIOException e) {
            throw new IllegalStateException("the JDK's own XML writer failed", e);
        }
    }

    private static void draw(JFreeChart chart, Graphics2D svg, int width, int height) {
        chart.draw(svg, new Rectangle2D.Double(0, 0, width, height));
        svg.dispose();
    }
}
