package dev.kneepoint.samples.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.report.SearchJson;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchResult;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The map of strategies when time is short. */
class CrossoverTimeTest {
    /** The best alone, so that every other strategy of the map has to be searched. */
    private static final List<SearchJson.Size> SIZES = SampleSearches.several().stream()
            .map(s -> withResult(s, s.result().withTop(1)))
            .toList();

    private static final List<SearchResult> RESULTS = SampleSearches.results(SIZES);

    private static SearchJson.Size withResult(SearchJson.Size size, SearchResult result) {
        return new SearchJson.Size(result, size.explanation(), size.obstacle(), size.robustness());
    }

    private static Crossover within(List<SearchResult> results, Optional<Duration> limit) {
        return Crossover.of(results, limit, ProgressListener.none(), CancellationToken.none());
    }

    private static SearchResult cutOff(SearchResult r) {
        return new SearchResult(
                r.scenario(),
                r.devices(),
                r.objective(),
                r.limitBytes(),
                r.fixed(),
                r.space(),
                r.evaluated() - 1,
                r.pruned(),
                r.unfit(),
                r.seconds(),
                r.threads(),
                false,
                r.best(),
                r.front(),
                r.pareto(),
                r.smallest());
    }

    private static String html(List<SearchJson.Size> sizes, Crossover crossover) throws IOException {
        StringBuilder out = new StringBuilder();
        SearchReport.write(sizes, crossover, List.of(), "0.1-test", out);
        return out.toString();
    }

    @Test
    void of_limitUsedUpBySearches_searchesNothingMore() {
        Crossover map = within(RESULTS, Optional.of(Duration.ofNanos(1)));

        for (int i = 0; i < RESULTS.size(); i++) {
            String winner =
                    SearchExplanation.family(RESULTS.get(i).best().getFirst().layout());
            assertThat(map.isCutOff(i)).isTrue();
            for (Crossover.Row row : map.rows()) {
                boolean kept = row.family().equals(winner);
                assertThat(row.cells().get(i).complete()).isEqualTo(kept);
                assertThat(row.cells().get(i).best().isPresent()).isEqualTo(kept);
            }
        }
    }

    @Test
    void of_limitThatIsEnough_isTheWholeMap() {
        assertThat(within(RESULTS, Optional.of(Duration.ofHours(1)))).isEqualTo(within(RESULTS, Optional.empty()));
    }

    @Test
    void of_oneSearchStoppedBeforeItsEnd_searchesTheOtherSizesOnly() {
        List<SearchResult> results = List.of(RESULTS.get(0), cutOff(RESULTS.get(1)), RESULTS.get(2));

        Crossover map = within(results, Optional.empty());

        assertThat(map.isCutOff(0)).isFalse();
        assertThat(map.isCutOff(1)).isTrue();
        assertThat(map.isCutOff(2)).isFalse();
        assertThat(map.rows())
                .extracting(row -> row.cells().get(0))
                .isEqualTo(within(RESULTS, Optional.empty()).rows().stream()
                        .map(row -> row.cells().get(0))
                        .toList());
    }

    @Test
    void page_sizesCutOff_areNamed() throws Exception {
        List<SearchResult> results = List.of(RESULTS.get(0), cutOff(RESULTS.get(1)), RESULTS.get(2));
        List<SearchJson.Size> sizes = List.of(SIZES.get(0), withResult(SIZES.get(1), results.get(1)), SIZES.get(2));
        Crossover map = within(results, Optional.empty());

        assertThat(html(sizes, map)).contains("512 (cut off)", "The time limit cut off the search at 512 devices");
        assertThat(SearchTables.map(results, map).rows())
                .extracting(row -> row.cells().get(1).text())
                .contains("?");
        assertThat(html(SIZES, within(RESULTS, Optional.empty()))).doesNotContain("cut off");
    }

    @Test
    void page_severalSizesCutOff_areToldInOneNote() throws Exception {
        List<SearchResult> results =
                RESULTS.stream().map(CrossoverTimeTest::cutOff).toList();
        List<SearchJson.Size> sizes = IntStream.range(0, SIZES.size())
                .mapToObj(i -> withResult(SIZES.get(i), results.get(i)))
                .toList();

        assertThat(html(sizes, within(results, Optional.empty())))
                .containsOnlyOnce(
                        "The time was up before all layouts of 64, 512, 2,048 devices were searched: better ones"
                                + " may exist.");
    }
}
