package dev.kneepoint.samples.report;

import dev.kneepoint.study.StudyResult;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One HTML file that shows one or several studies: the verdicts first, then charts, tables, what the figures rest on,
 * and what to measure before buying. The file holds everything it needs and loads nothing. The same studies give the
 * same bytes.
 */
public final class HtmlReport {
    private HtmlReport() {}

    private record Page(
            String version,
            String title,
            String policy,
            List<String> styles,
            List<String> scripts,
            String data,
            List<StudyView> studies,
            List<Checklist.Item> checklist) {}

    /**
     * Writes the report.
     *
     * @param studies at least one, in the order to show
     * @param version of the program, for the foot of the page
     * @param out where to
     * @throws IOException if {@code out} does not take it
     */
    public static void write(List<StudyResult> studies, String version, Appendable out) throws IOException {
        if (studies.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one study");
        }
        List<String> styles = Pages.styles();
        List<String> scripts = Pages.scripts();
        Page page = new Page(
                version,
                studies.getFirst().scenario().workload().model().name() + " on "
                        + studies.getFirst().scenario().cluster().name(),
                Pages.policy(styles, scripts),
                styles,
                scripts,
                ChartData.json(studies),
                IntStream.range(0, studies.size())
                        .mapToObj(i -> StudyView.of(i, studies.get(i)))
                        .toList(),
                Checklist.of(studies));
        out.append(Pages.template("report.html").execute(page));
    }
}
