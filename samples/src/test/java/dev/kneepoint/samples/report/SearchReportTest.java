package dev.kneepoint.samples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.ParetoFront;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.StrategySearch;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A search's report without a browser. */
class SearchReportTest {
    private static final List<SearchJson.Size> SEVERAL = SampleSearches.several();
    private static final List<SearchResult> RESULTS = SampleSearches.results(SEVERAL);

    private static Crossover crossover(List<SearchJson.Size> sizes) {
        return Crossover.of(
                SampleSearches.results(sizes), Optional.empty(), ProgressListener.none(), CancellationToken.none());
    }

    private static String html(List<SearchJson.Size> sizes) throws IOException {
        StringBuilder out = new StringBuilder();
        SearchReport.write(sizes, crossover(sizes), TrustLines.ofBest(SampleSearches.results(sizes)), "0.1-test", out);
        return out.toString();
    }

    private static JsonNode data(String html) throws IOException {
        return new ObjectMapper()
                .readTree(Pattern.compile("(?s)<script type=\"application/json\" id=\"data\">(.*?)</script>")
                        .matcher(html)
                        .results()
                        .findFirst()
                        .orElseThrow()
                        .group(1));
    }

    private static String family(SearchResult r) {
        return SearchExplanation.family(r.best().getFirst().layout());
    }

    @Test
    void notes_sayHowFarTheBestLayoutsAreFromComparedRuns() throws IOException {
        assertThat(TrustLines.ofBest(RESULTS)).isNotEmpty();
        assertThat(html(SEVERAL)).contains(TrustLines.ofBest(RESULTS));
    }

    @Test
    void crossover_eachRow_hasTheBestThatASearchOfThatStrategyFinds() {
        Crossover map = crossover(SEVERAL);

        assertThat(map.rows()).extracting(Crossover.Row::family).startsWith(family(RESULTS.getFirst()));
        assertThat(map.rows()).extracting(Crossover.Row::family).contains("fsdp", family(RESULTS.getLast()));
        for (Crossover.Row row : map.rows()) {
            for (int i = 0; i < RESULTS.size(); i++) {
                assertThat(row.cells().get(i).best().map(FoundLayout::layout))
                        .as(row.family())
                        .isEqualTo(bestOfAll(RESULTS.get(i), row.family()));
            }
        }
    }

    /** Without the narrowing of the map: from all layouts of the search. */
    private static Optional<Layout> bestOfAll(SearchResult r, String family) {
        return StrategySearch.of(r.scenario(), r.devices())
                .fix(r.fixed())
                .top(100_000)
                .prune(false)
                .run()
                .best()
                .stream()
                .filter(f -> SearchExplanation.family(f.layout()).equals(family))
                .findFirst()
                .map(FoundLayout::layout);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; fsdp; fsdp,tp=1,pp=1,cp=1,ep=1",
                "fsdp|hsdp,tp=1|2,recompute=none; hsdp=8,tp=2; hsdp=8,tp=2,pp=1,cp=1,ep=1,recompute=none",
                "FSDP|hsdp,TP=1|2; hsdp=8,tp=2; hsdp=8,tp=2,pp=1,cp=1,ep=1",
                "mb=1,vpp=2; zero1,tp=4,pp=2; zero1,tp=4,pp=2,cp=1,ep=1,mb=1,vpp=2"
            })
    void within_whatIsFixed_keepsAllButKindAndDegrees(String fixed, String family, String expected) {
        assertThat(Crossover.within(fixed, family).split(",")).containsExactlyInAnyOrder(expected.split(","));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; true",
                "cp=1,pp=1|2,recompute=none; true",
                "hsdp|fsdp,mb=2; true",
                "FSDP,TP=1; true",
                "hsdp|zero3; true",
                "hsdp; false",
                "hsdp=8,tp=1; false",
                "tp=2|4; false"
            })
    void allowsPlain_byWhatIsFixed(String fixed, boolean expected) {
        assertThat(Crossover.allowsPlain(fixed)).isEqualTo(expected);
    }

    @Test
    void severalSizes_mapMarksWinnersAndChanges() {
        Table map = SearchTables.map(RESULTS, crossover(SEVERAL));

        Table.Row winners = map.rows().getFirst();
        for (int i = 0; i < RESULTS.size(); i++) {
            int column = i;
            String winner = family(RESULTS.get(i));
            boolean changes = i > 0 && !winner.equals(family(RESULTS.get(i - 1)));
            assertThat(winners.cells().get(i).text()).isEqualTo((changes ? "→ " : "") + winner.replace(",", ", "));
            assertThat(map.rows().stream()
                            .skip(1)
                            .filter(r -> r.cells().get(column).css().contains("wins")))
                    .singleElement()
                    .satisfies(r -> assertThat(r.name().text()).isEqualTo(winner));
        }
        assertThat(winners.cells()).extracting(Table.Cell::text).anyMatch(t -> t.startsWith("→ "));
    }

    @Test
    void severalSizes_pageHasEverySection() throws Exception {
        String html = html(SEVERAL);

        assertThat(html)
                .contains("From 64 to 2,048 devices, the quickest strategy changes")
                .contains("id=\"crossover\"", "id=\"front\"", "id=\"best\"", "id=\"limits\"")
                .contains("Kneepoint 0.1-test")
                .contains("× 1.")
                .contains("joules per token")
                .contains(" on average, ");
        for (SearchResult r : RESULTS) {
            for (FoundLayout f : r.best()) {
                assertThat(html).contains("data-key=\"" + f.seconds() + "\"");
            }
        }
        JsonNode front = data(html).get(2).get("points");
        List<ParetoFront.Member> members = ParetoFront.of(RESULTS).members();
        assertThat(front).hasSameSizeAs(members);
        for (int i = 0; i < members.size(); i++) {
            assertThat(front.get(i).get("energy").asDouble())
                    .isEqualTo(members.get(i).joulesPerToken());
            assertThat(front.get(i).get("memory").asDouble())
                    .isEqualTo(members.get(i).memoryBytes());
        }
    }

    @Test
    void oneSize_hasNoMapAndNoEnergy() throws Exception {
        String html = html(SampleSearches.one());

        assertThat(html)
                .contains("On 64 devices, ")
                .contains("is the quickest strategy")
                .contains("not asked for energy")
                .doesNotContain("id=\"crossover\"", "joules per token");
        assertThat(data(html).get(2).get("points").get(0).has("energy")).isFalse();
    }

    @Test
    void sizeWithoutALayout_saysWhatWouldFit() throws Exception {
        String html = html(SampleSearches.tight());

        assertThat(html)
                .contains("On 64 devices, ")
                .contains("needs more memory than")
                .contains("It would fit with");
    }

    @Test
    void nothingFits_isAPageAllTheSame() throws Exception {
        assertThat(html(SampleSearches.nothingFits()))
                .contains("Nothing fits at any of the sizes")
                .contains("None. Nothing fits at any of the sizes that were searched.")
                .doesNotContain("<canvas", "id=\"front\"");
    }

    @Test
    void isTheSameForTheSameSearches() throws Exception {
        assertThat(html(SampleSearches.one())).isEqualTo(html(SampleSearches.one()));
    }

    @Test
    void loadsNothingAndAllowsExactlyItsOwnScriptsAndStyles() throws Exception {
        String html = html(SEVERAL);

        assertThat(html).doesNotContainPattern("(?i)\\b(src|srcset|poster|action|data)\\s*=\\s*[\"'][^\"']");
        assertThat(html)
                .doesNotContainPattern("(?i)@import|url\\(|<link|<iframe|<object|<embed|fetch\\(|XMLHttpRequest");
        assertThat(html).doesNotContainPattern("<[^>]* style=");
        assertThat(Pattern.compile("(?s)<(style|script)>(.*?)</\\1>")
                        .matcher(html)
                        .results()
                        .map(m -> Assets.hash(m.group(2))))
                .hasSize(6)
                .allSatisfy(hash -> assertThat(html.replace("&#39;", "'")).contains(hash));
        assertThat(Pattern.compile("href=\"([^\"]*)\"").matcher(html).results().map(m -> m.group(1)))
                .isNotEmpty()
                .allSatisfy(target -> assertThat(html).contains("id=\"" + target.substring(1) + "\""))
                .allMatch(target -> target.startsWith("#"));
    }

    @Test
    void needsASize() {
        assertThatIllegalArgumentException().isThrownBy(() -> html(List.of()));
    }
}
