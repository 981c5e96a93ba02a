package dev.kneepoint.samples.report;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.samples.report.StudyView.Fact;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchObjective;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A search as the templates see it. */
record SearchView(
        String sentence,
        List<String> notes,
        String subject,
        boolean hasMap,
        String cutOff,
        Table map,
        boolean hasFront,
        String frontCaption,
        List<Axis> across,
        List<Axis> up,
        Table front,
        List<Best> best,
        List<Limit> limits,
        boolean hasParts,
        PartsView parts,
        Table gains,
        List<Fact> facts) {
    /** More strategies than these make the sentence too long to read; the map has them all. */
    private static final int TOLD = 4;
    /** The place of the parts of steps in {@link SearchData#json}. */
    private static final int PARTS = 1;

    /** A figure that an axis may show. */
    record Axis(String key, String title, boolean selected) {}

    /** The best layouts of a size; {@code folded} behind its title. */
    record Best(String title, String first, String caption, boolean folded, Table table) {}

    /** What limits the best layout of a size, or why there is none; {@code robust} is empty if it was not asked for. */
    record Limit(String devices, String strategy, String limiter, String robust) {}

    static SearchView of(List<SearchJson.Size> sizes, Crossover crossover, List<String> trust) {
        List<SearchResult> results = sizes.stream().map(SearchJson.Size::result).toList();
        List<SearchResult> found =
                results.stream().filter(r -> !r.best().isEmpty()).toList();
        boolean several = found.size() > 1;
        return new SearchView(
                found.isEmpty() ? nothing(sizes) : sentence(found),
                notes(sizes, found, trust),
                subject(results),
                !crossover.rows().isEmpty(),
                cutOff(results, crossover),
                SearchTables.map(results, crossover),
                FrontPoints.of(results).size() > 1,
                frontCaption(results),
                axes(results, FrontPoints.Figure.MEMORY),
                axes(
                        results,
                        several && priced(results.getFirst()) ? FrontPoints.Figure.COST : FrontPoints.Figure.TIME),
                SearchTables.front(results),
                IntStream.range(0, found.size())
                        .mapToObj(i -> best(found.get(found.size() - 1 - i), i > 0))
                        .toList(),
                sizes.stream().map(SearchView::limit).toList(),
                !found.isEmpty(),
                new PartsView(
                        "Layout",
                        PARTS,
                        !found.isEmpty(),
                        IntStream.range(0, SearchData.STEPS.size())
                                .mapToObj(i -> new PartsView.Choice(
                                        i, SearchData.STEPS.get(i).name(), i == 0))
                                .toList(),
                        SearchTables.parts(sizes)),
                SearchTables.gains(sizes),
                facts(results));
    }

    /** Whether something would have been found with more time, or may have been. */
    private static boolean isLate(SearchJson.Size size) {
        return size.result().best().isEmpty() && size.obstacle().isEmpty();
    }

    private static String nothing(List<SearchJson.Size> sizes) {
        return sizes.stream().anyMatch(SearchView::isLate)
                ? "Nothing was found before the time was up."
                : "Nothing fits at any of the sizes that were searched.";
    }

    private static String sentence(List<SearchResult> found) {
        SearchResult last = found.getLast();
        if (found.size() == 1) {
            FoundLayout best = last.best().getFirst();
            return "On " + Figures.devices(last.devices()) + ", " + SearchExplanation.family(best.layout()) + " is the "
                    + superlative(last.objective()) + " strategy: " + Figures.si(last.tokensPerSecond(best), "tokens/s")
                    + ", MFU "
                    + Figures.percent(last.mfu(best)) + ".";
        }
        List<String> turns = new ArrayList<>();
        String before = "";
        for (SearchResult r : found) {
            String now = SearchExplanation.family(r.best().getFirst().layout());
            if (!now.equals(before)) {
                turns.add(now + " from " + Figures.whole(r.devices()));
                before = now;
            }
        }
        String range = Figures.whole(found.getFirst().devices()) + " to " + Figures.devices(last.devices());
        if (turns.size() == 1) {
            return "From " + range + ", " + before + " is the " + superlative(last.objective())
                    + " strategy at every size.";
        }
        String path = turns.size() > TOLD
                ? ", from "
                        + SearchExplanation.family(
                                found.getFirst().best().getFirst().layout()) + " to " + before
                : ": " + String.join(", ", turns);
        return "From " + range + ", the " + superlative(last.objective()) + " strategy changes "
                + (turns.size() == 2 ? "once" : turns.size() - 1 + " times") + path + ".";
    }

    private static String superlative(SearchObjective objective) {
        return switch (objective) {
            case THROUGHPUT -> "quickest";
            case COST -> "cheapest";
            case MEMORY -> "leanest";
            case ENERGY -> "most frugal";
        };
    }

    private static List<String> notes(List<SearchJson.Size> sizes, List<SearchResult> found, List<String> trust) {
        List<String> notes = new ArrayList<>();
        if (!found.isEmpty()) {
            SearchResult last = found.getLast();
            int ties = last.ties().size();
            if (ties > 1) {
                notes.add("On " + Figures.devices(last.devices()) + ", the first " + ties
                        + " layouts lie within 2 %, which predictions cannot tell apart: choose among them by other"
                        + " grounds.");
            }
            KneeLine.of(found)
                    .ifPresent(line -> notes.add(Character.toUpperCase(line.charAt(0)) + line.substring(1) + "."));
        }
        String late = sizes.stream()
                .map(SearchJson.Size::result)
                .filter(r -> !r.complete())
                .map(r -> Figures.whole(r.devices()))
                .collect(Collectors.joining(", "));
        if (!late.isEmpty()) {
            notes.add(
                    "The time was up before all layouts of " + late + " devices were searched: better ones may exist.");
        }
        notes.addAll(trust);
        return notes;
    }

    private static String cutOff(List<SearchResult> results, Crossover crossover) {
        String sizes = IntStream.range(0, results.size())
                .filter(crossover::isCutOff)
                .mapToObj(i -> Figures.whole(results.get(i).devices()))
                .collect(Collectors.joining(", "));
        return sizes.isEmpty()
                ? ""
                : "The time limit cut off the search at " + sizes
                        + " devices: a strategy may have better layouts there, and ? marks those of which none was found"
                        + " in time.";
    }

    private static String subject(List<SearchResult> results) {
        Scenario s = results.getFirst().scenario();
        TrainingWorkload w = s.workload();
        String batches = results.stream()
                .map(r -> r.scenario().workload().globalBatch())
                .distinct()
                .map(Figures::whole)
                .collect(Collectors.joining(", "));
        return w.model().name() + ", " + Figures.whole(w.sequenceLength()) + " tokens per sequence, "
                + w.precision().label() + "; global batch of " + batches + " sequences; "
                + s.cluster().name() + ", " + s.stack().name() + "; closed form";
    }

    private static String frontCaption(List<SearchResult> results) {
        return FrontPoints.isOfAll(results)
                ? "Layouts of which none is as good as another in throughput, memory, cost and energy, and better in one"
                        + " of them, over all sizes. In a picture of two figures some lie behind others."
                : "Layouts of which none is both quicker and smaller at its size, down to 25 % slower than the quickest."
                        + " The search was not asked for energy (--pareto).";
    }

    private static List<Axis> axes(List<SearchResult> results, FrontPoints.Figure chosen) {
        return FrontPoints.figures(results).stream()
                .map(f -> new Axis(f.key(), f.title(), f == chosen))
                .toList();
    }

    private static boolean priced(SearchResult r) {
        return r.scenario().cluster().pricePerDeviceHour() > 0;
    }

    private static Best best(SearchResult r, boolean folded) {
        String more = r.space() > r.best().size() ? " of " + Figures.whole(r.space()) + " legal layouts" : "";
        FoundLayout first = r.best().getFirst();
        return new Best(
                Figures.devices(r.devices()),
                SearchExplanation.family(first.layout()) + ", " + Figures.si(first.seconds(), "s"),
                "The best " + r.best().size() + more + ", global batch "
                        + Figures.whole(r.scenario().workload().globalBatch()) + "."
                        + (r.ties().size() > 1 ? " = marks those that are as good as the first, within 2 %." : ""),
                folded,
                SearchTables.best(r));
    }

    private static Limit limit(SearchJson.Size size) {
        return new Limit(
                Figures.devices(size.result().devices()),
                size.explanation()
                        .map(e -> e.winner().layout().strategy().spec())
                        .orElse(""),
                size.explanation()
                        .map(SearchExplanation::limiter)
                        .or(() -> size.obstacle().map(SearchView::obstacle))
                        .orElse("the time was up before anything was found"),
                size.robustness().map(SearchView::robust).orElse(""));
    }

    private static String robust(SearchRobustness r) {
        SearchRobustness.Judged choice = r.choice();
        SearchRobustness.Judged nominal = r.nominal();
        boolean same = choice.equals(nominal);
        return (same ? "the best itself" : choice.found().layout().strategy().spec()) + ": " + regret(choice)
                + (same ? "" : " (the best: " + regret(nominal) + ")");
    }

    private static String regret(SearchRobustness.Judged judged) {
        return Figures.percent(judged.expectedRegret()) + " on average, " + Figures.percent(judged.worstRegret())
                + " at worst";
    }

    private static String obstacle(SearchObstacle o) {
        String helps = o.remedies().stream().map(SearchObstacle.Remedy::text).collect(Collectors.joining("; or "));
        return o.reason() + (helps.isEmpty() ? "" : ". It would fit with " + helps);
    }

    private static List<Fact> facts(List<SearchResult> results) {
        SearchResult first = results.getFirst();
        Scenario s = first.scenario();
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("Wanted", first.objective().label()));
        facts.add(new Fact("Memory limit", Bytes.of(first.limitBytes()) + " per device"));
        facts.add(new Fact("Fixed", first.fixed().isBlank() ? "nothing" : first.fixed()));
        facts.add(new Fact(
                "Step times",
                "closed form, within 2 % of the event-driven simulation; predictions within 2 % of each other are a"
                        + " tie"));
        facts.add(new Fact("Parts of steps", "event-driven simulation of the layouts named, mean over the devices"));
        facts.add(StudyView.price(s.cluster()));
        facts.addAll(StudyView.profiles(s));
        return facts;
    }
}
