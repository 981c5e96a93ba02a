package dev.kneepoint.samples.report;

import com.google.common.collect.ImmutableList;
import com.samskivert.mustache.Escapers;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import dev.kneepoint.study.StudyResult;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One HTML file that shows one or several studies: the verdicts first, then charts, tables, what the figures rest on,
 * and what to measure before buying. The file holds everything it needs and loads nothing. The same studies give the
 * same bytes.
 */
public final class HtmlReport {
    // Every attribute in the templates is quoted, so '=' and the like may stay readable.
    private static final Mustache.Escaper ESCAPER = Escapers.simple(
            new String[] {"&", "&amp;"},
            new String[] {"<", "&lt;"},
            new String[] {">", "&gt;"},
            new String[] {"\"", "&quot;"},
            new String[] {"'", "&#39;"});

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
        List<String> styles = ImmutableList.of(Assets.plotStyle(), Assets.style("report.css"));
        List<String> scripts =
                ImmutableList.of(Assets.plotScript(), Assets.script("charts.js"), Assets.script("report.js"));
        Page page = new Page(
                version,
                studies.getFirst().scenario().workload().model().name() + " on "
                        + studies.getFirst().scenario().cluster().name(),
                policy(styles, scripts),
                styles,
                scripts,
                ChartData.json(studies),
                IntStream.range(0, studies.size())
                        .mapToObj(i -> StudyView.of(i, studies.get(i)))
                        .toList(),
                Checklist.of(studies));
        out.append(template().execute(page));
    }

    /** Only our own scripts and styles run, and nothing is loaded, whatever text a study holds. */
    private static String policy(List<String> styles, List<String> scripts) {
        return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src" + hashes(styles) + "; script-src"
                + hashes(scripts);
    }

    private static String hashes(List<String> texts) {
        StringBuilder all = new StringBuilder();
        texts.forEach(t -> all.append(' ').append(Assets.hash(t)));
        return all.toString();
    }

    private static Template template() throws IOException {
        return Mustache.compiler()
                .withEscaper(ESCAPER)
                .emptyStringIsFalse(true)
                .zeroIsFalse(true)
                .withLoader(name -> new StringReader(Assets.own(name + ".html")))
                .compile(Assets.own("report.html"));
    }
}
