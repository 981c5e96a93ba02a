package dev.kneepoint.samples.report;

import dev.kneepoint.report.SearchJson;
import dev.kneepoint.study.SearchResult;
import java.io.IOException;
import java.util.List;

/**
 * One HTML file that shows a search: the answer first, then where the best strategy changes with the devices, the front of
 * time, memory, cost and energy, the best layouts of each size, and what limits them. The file holds everything it needs
 * and loads nothing. The same searches give the same bytes.
 */
public final class SearchReport {
    private SearchReport() {}

    private record Page(
            String version,
            String title,
            String policy,
            List<String> styles,
            List<String> scripts,
            String data,
            SearchView search) {}

    /**
     * Writes the report.
     *
     * @param sizes at least one, by ascending size
     * @param crossover the best of each strategy at these sizes
     * @param trust how far the predictions can be trusted, a sentence each
     * @param version of the program, for the foot of the page
     * @param out where to
     * @throws IOException if {@code out} does not take it
     */
    public static void write(
            List<SearchJson.Size> sizes, Crossover crossover, List<String> trust, String version, Appendable out)
            throws IOException {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one size");
        }
        List<String> styles = Pages.styles();
        List<String> scripts = Pages.scripts("scatter.js");
        SearchResult first = sizes.getFirst().result();
        Page page = new Page(
                version,
                first.scenario().workload().model().name() + " on "
                        + first.scenario().cluster().name(),
                Pages.policy(styles, scripts),
                styles,
                scripts,
                SearchData.json(sizes, crossover),
                SearchView.of(sizes, crossover, trust));
        out.append(Pages.template("search.html").execute(page));
    }
}
