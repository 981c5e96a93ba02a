package dev.kneepoint.samples.report;

import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.samples.report.Table.Cell;
import dev.kneepoint.samples.report.Table.Head;
import dev.kneepoint.samples.report.Table.Row;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.HardwareChange;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchExplanation.Gain;
import dev.kneepoint.study.SearchResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The tables of a search's report. */
final class SearchTables {
    private static final double[] SHADES = {0.5, 0.7, 0.85, 0.95, 1 / (1 + SearchResult.TIE)};

    private SearchTables() {}

    /** Strategies by sizes: how good the best layout of each is, against the best of all at that size. */
    static Table map(List<SearchResult> results, Crossover crossover) {
        Optional<Integer> knee = KneeLine.devices(results);
        List<Head> head = new ArrayList<>(List.of(Head.text("strategy")));
        for (int i = 0; i < results.size(); i++) {
            int devices = results.get(i).devices();
            boolean here = knee.isPresent() && knee.get() == devices;
            head.add(Head.number(
                    Figures.whole(devices) + (here ? " (knee)" : "") + (crossover.isCutOff(i) ? " (cut off)" : "")));
        }
        List<Row> rows = new ArrayList<>();
        rows.add(winners(results));
        for (Crossover.Row row : crossover.rows()) {
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                cells.add(against(results.get(i), row.family(), row.cells().get(i)));
            }
            rows.add(new Row(Cell.text(row.family()), cells, ""));
        }
        return new Table(head, rows);
    }

    private static Row winners(List<SearchResult> results) {
        List<Cell> cells = new ArrayList<>();
        Optional<String> before = Optional.empty();
        for (SearchResult r : results) {
            Optional<String> now = r.best().stream().findFirst().map(f -> SearchExplanation.family(f.layout()));
            boolean changes = before.isPresent() && now.isPresent() && !now.equals(before);
            cells.add(new Cell(
                    now.map(name -> (changes ? "→ " : "") + name.replace(",", ", "))
                            .orElse(r.complete() ? "nothing fits" : "?"),
                    "",
                    1,
                    changes ? "num changes" : "num"));
            before = now.isPresent() ? now : before;
        }
        return new Row(Cell.text("best"), cells, "winners");
    }

    private static Cell against(SearchResult r, String family, Crossover.Cell strategy) {
        if (strategy.best().isEmpty() || r.best().isEmpty()) {
            return strategy.complete() ? Cell.unknown() : new Cell("?", "", 1, "num");
        }
        double share = r.objective().value(r.best().getFirst())
                / r.objective().value(strategy.best().get());
        boolean wins = SearchData.wins(r, family);
        String known = strategy.complete() ? "" : " so far";
        return new Cell(
                wins ? "best" : Figures.percent(share) + known,
                Double.toString(share),
                1,
                "num shade" + shade(share) + (wins ? " wins" : ""));
    }

    private static int shade(double share) {
        int level = 0;
        for (double bound : SHADES) {
            level += share >= bound ? 1 : 0;
        }
        return level;
    }

    /** The best layouts of a size, in order. */
    static Table best(SearchResult r) {
        boolean priced = r.scenario().cluster().pricePerDeviceHour() > 0;
        boolean energy = r.best().stream().anyMatch(f -> f.joulesPerToken().isPresent());
        List<Head> head = new ArrayList<>(List.of(Head.number("rank"), Head.text("strategy")));
        List.of("step time", "tokens/s", "tokens/s per device", "MFU", "memory")
                .forEach(name -> head.add(Head.number(name)));
        if (priced) {
            head.add(Head.number("$ per M tokens"));
        }
        if (energy) {
            head.add(Head.number("J per token"));
        }
        List<Row> rows = new ArrayList<>();
        for (FoundLayout f : r.best()) {
            int rank = rows.size() + 1;
            double rate = r.tokensPerSecond(f);
            List<Cell> cells =
                    new ArrayList<>(List.of(Cell.text(f.layout().strategy().spec())));
            cells.add(Cell.number(Figures.si(f.seconds(), "s"), f.seconds()));
            cells.add(Cell.number(Figures.si(rate, ""), rate));
            cells.add(Cell.number(Figures.si(rate / r.devices(), ""), rate / r.devices()));
            cells.add(Cell.number(Figures.percent(r.mfu(f)), r.mfu(f)));
            cells.add(Cell.number(Figures.si(f.memoryBytes(), "B"), f.memoryBytes()));
            if (priced) {
                cells.add(Cell.number(Figures.dollars(r.usdPerMillionTokens(f)), r.usdPerMillionTokens(f)));
            }
            if (energy) {
                double joules = f.joulesPerToken().orElseThrow();
                cells.add(Cell.number(Figures.threeDigits(joules), joules));
            }
            boolean tie = rank <= r.ties().size() && r.ties().size() > 1;
            rows.add(new Row(Cell.number(rank + (tie ? " =" : ""), rank), cells, ""));
        }
        return new Table(head, rows);
    }

    /** The layouts of the front with every figure that they all have. */
    static Table front(List<SearchResult> results) {
        List<FrontPoints.Figure> figures = FrontPoints.figures(results);
        List<Head> head = new ArrayList<>(List.of(Head.text("strategy"), Head.number("devices")));
        figures.forEach(f ->
                head.add(Head.number(f.title().substring(0, f.title().indexOf(':')))));
        List<Row> rows = new ArrayList<>();
        for (FrontPoints.Point p : FrontPoints.of(results)) {
            List<Cell> cells = new ArrayList<>();
            cells.add(
                    Cell.number(Figures.whole(p.search().devices()), p.search().devices()));
            figures.forEach(f -> cells.add(Cell.number(f.format(f.of(p)), f.of(p))));
            rows.add(new Row(Cell.text(p.found().layout().strategy().spec()), cells, ""));
        }
        return new Table(head, rows);
    }

    /** Changes of the machine by sizes: how much quicker the best layout would be. */
    static Table gains(List<SearchJson.Size> sizes) {
        List<SearchJson.Size> explained =
                sizes.stream().filter(s -> s.explanation().isPresent()).toList();
        List<Head> head = new ArrayList<>(List.of(Head.text("twice as good")));
        explained.forEach(s -> head.add(Head.number(Figures.devices(s.result().devices()))));
        List<HardwareChange> changes = explained.stream()
                .flatMap(s -> s.explanation().orElseThrow().gains().stream())
                .sorted(Comparator.comparingDouble(Gain::speedup).reversed())
                .map(Gain::change)
                .distinct()
                .toList();
        List<Row> rows = new ArrayList<>();
        for (HardwareChange change : changes) {
            List<Cell> cells = explained.stream()
                    .map(s -> gain(s.explanation().orElseThrow(), change))
                    .toList();
            rows.add(new Row(Cell.text(change.part().label().replace('_', ' ')), cells, ""));
        }
        return new Table(head, rows);
    }

    private static Cell gain(SearchExplanation e, HardwareChange change) {
        double speedup = e.gains().stream()
                .filter(g -> g.change().equals(change))
                .mapToDouble(Gain::speedup)
                .findFirst()
                .orElse(1);
        // Twice as good in one respect is at most twice as quick, so that the shades span the range.
        int level = (int) Math.clamp(Math.round((speedup - 1) * 5), 0, 5);
        return new Cell(
                String.format(Locale.ROOT, "× %.2f", speedup), Double.toString(speedup), 1, "num shade" + level);
    }

    /** Parts of the simulated steps that the chart of parts offers, by size. */
    static Table parts(List<SearchJson.Size> sizes) {
        List<Head> head = new ArrayList<>(List.of(Head.text("layout"), Head.number("devices"), Head.text("strategy")));
        head.add(Head.number("step time"));
        for (TimeClass c : TimeClass.values()) {
            head.add(Head.number(c.label().replace('_', ' ')));
        }
        List<Row> rows = new ArrayList<>();
        for (SearchJson.Size s : sizes) {
            for (SearchData.Step step : SearchData.STEPS) {
                s.explanation().flatMap(step.of()).ifPresent(x -> {
                    double seconds = x.metrics().stepTime().value();
                    List<Cell> cells = new ArrayList<>();
                    cells.add(Cell.number(
                            Figures.whole(s.result().devices()), s.result().devices()));
                    cells.add(Cell.text(x.layout().strategy().spec()));
                    cells.add(Cell.number(Figures.si(seconds, "s"), seconds));
                    for (TimeClass c : TimeClass.values()) {
                        double share = Chart.share(x.metrics(), c);
                        cells.add(Cell.number(Figures.percent(share), share));
                    }
                    rows.add(new Row(Cell.text(step.name()), cells, ""));
                });
            }
        }
        return new Table(head, rows);
    }
}
