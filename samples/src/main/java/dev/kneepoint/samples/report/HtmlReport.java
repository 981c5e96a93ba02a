package dev.kneepoint.samples.report;

import dev.kneepoint.report.StudyJson;
import dev.kneepoint.study.StudyResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;

/**
 * Renders studies as one self-contained HTML file: verdict first, charts, tables, assumptions, and what to measure before
 * buying. The file loads nothing; without JavaScript it still has everything but the charts.
 */
public final class HtmlReport {
    private HtmlReport() {}

    /**
     * Writes the report.
     *
     * @param studies what to report, at least one
     * @param version version of the program, for the footer
     * @param out where to
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if there is no study
     */
    public static void write(List<StudyResult> studies, String version, Appendable out) throws IOException {
        if (studies.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one study");
        }
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < studies.size(); i++) {
            StudySection.append(studies.get(i), i, body);
        }
        Checklist.append(studies.get(0), body);
        String page = resource("report.html")
                .replace("{{title}}", Html.text("Kneepoint: " + studies.get(0).title()))
                .replace("{{version}}", Html.text(version))
                .replace("{{css}}", resource("report.css"))
                .replace("{{body}}", body)
                .replace("{{data}}", data(studies))
                .replace("{{chart}}", script(chartLibrary()))
                .replace("{{script}}", script(resource("report.js")));
        out.append(page);
    }

    /** The studies' JSON, safe inside a script element. */
    private static String data(List<StudyResult> studies) {
        StringBuilder all = new StringBuilder("[");
        for (StudyResult s : studies) {
            StringWriter json = new StringWriter();
            StudyJson.write(s, json);
            all.append(all.length() > 1 ? "," : "").append(json);
        }
        return all.append("]").toString().replace("<", "\\u003c").replace("{{", "{ {");
    }

    private static String script(String source) {
        return source.replace("</script", "<\\/script");
    }

    private static String chartLibrary() throws IOException {
        Properties p = new Properties();
        try (InputStream in = open("webjars.properties")) {
            p.load(in);
        }
        String path = "/META-INF/resources/webjars/chart.js/" + p.getProperty("chartjs") + "/dist/chart.umd.js";
        try (InputStream in = HtmlReport.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IOException("the chart library is not on the class path: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream open(String name) throws IOException {
        InputStream in = HtmlReport.class.getResourceAsStream(name);
        if (in == null) {
            throw new IOException("report resource " + name + " is missing");
        }
        return in;
    }
}
