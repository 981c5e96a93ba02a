package dev.kneepoint.samples.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchExplanation.Explained;
import dev.kneepoint.study.SearchResult;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The figures that the charts of a search draw: utilisation by size, parts of the step by size, and the front. */
final class SearchData {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A layout whose step was simulated, as the chart of parts offers it. */
    record Step(String name, Function<SearchExplanation, Optional<Explained>> of) {}

    static final List<Step> STEPS = List.of(
            new Step("best", e -> Optional.of(e.winner())),
            new Step("best of another strategy", SearchExplanation::runnerUp),
            new Step("plain fsdp", SearchExplanation::plain));

    private SearchData() {}

    static String json(List<SearchJson.Size> sizes, Crossover crossover) {
        List<SearchResult> results = sizes.stream().map(SearchJson.Size::result).toList();
        ArrayNode all = JSON.createArrayNode();
        all.add(utilization(results, crossover));
        all.add(parts(sizes));
        all.add(front(results));
        return ChartData.scriptSafe(all.toString());
    }

    private static ObjectNode utilization(List<SearchResult> results, Crossover crossover) {
        ObjectNode node = study(results.stream().map(SearchResult::devices).toList());
        node.put("tellsWhy", true);
        Optional<Integer> knee = KneeLine.devices(results);
        ArrayNode series = node.putArray("series");
        for (Crossover.Row row : crossover.rows()) {
            ObjectNode line = series.addObject();
            line.put("name", row.family());
            ArrayNode values = line.putArray("mfu");
            ArrayNode why = line.putArray("why");
            for (int i = 0; i < results.size(); i++) {
                SearchResult r = results.get(i);
                Crossover.Cell cell = row.cells().get(i);
                String none = cell.complete() ? "nothing legal fits" : "not found in time";
                cell.best().ifPresentOrElse(f -> values.add(r.mfu(f)), values::addNull);
                cell.best().ifPresentOrElse(f -> why.addNull(), () -> why.add(none));
                if (knee.isPresent() && knee.get() == r.devices() && wins(r, row.family())) {
                    line.put("knee", r.devices());
                }
            }
        }
        return node;
    }

    static boolean wins(SearchResult r, String family) {
        return !r.best().isEmpty()
                && SearchExplanation.family(r.best().getFirst().layout()).equals(family);
    }

    private static ObjectNode parts(List<SearchJson.Size> sizes) {
        ObjectNode node = study(sizes.stream().map(s -> s.result().devices()).toList());
        ArrayNode series = node.putArray("series");
        for (Step step : STEPS) {
            ObjectNode line = series.addObject();
            line.put("name", step.name());
            ArrayNode parts = line.putArray("parts");
            for (SearchJson.Size s : sizes) {
                s.explanation().flatMap(step.of()).ifPresentOrElse(x -> shares(parts.addArray(), x), parts::addNull);
            }
        }
        return node;
    }

    private static void shares(ArrayNode out, Explained step) {
        for (TimeClass c : TimeClass.values()) {
            out.add(Chart.share(step.metrics(), c));
        }
    }

    private static ObjectNode study(List<Integer> sizes) {
        ObjectNode node = JSON.createObjectNode();
        ArrayNode devices = node.putArray("sizes");
        sizes.forEach(devices::add);
        return node;
    }

    private static ObjectNode front(List<SearchResult> results) {
        ObjectNode node = JSON.createObjectNode();
        ArrayNode points = node.putArray("points");
        List<FrontPoints.Figure> figures = FrontPoints.figures(results);
        for (FrontPoints.Point p : FrontPoints.of(results)) {
            ObjectNode point = points.addObject();
            point.put("devices", p.search().devices());
            point.put("strategy", p.found().layout().strategy().spec());
            point.put("best", p.isBest());
            for (FrontPoints.Figure figure : figures) {
                point.put(figure.key(), figure.of(p));
            }
        }
        return node;
    }
}
