package dev.kneepoint.samples.report;

import dev.kneepoint.samples.report.Crossover.Cell;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.StrategySearch;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.units.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Strategies at one size, in the time that its search has left of the limit. */
final class CrossoverSize {
    private static final double NANO = 1e-9;

    private final SearchResult search;
    private final CancellationToken cancellation;
    private double secondsLeft;

    CrossoverSize(SearchResult search, Optional<Duration> limit, CancellationToken cancellation) {
        this.search = search;
        this.cancellation = cancellation;
        this.secondsLeft = limit.map(l -> l.toNanos() * NANO - search.seconds()).orElse(Double.POSITIVE_INFINITY);
    }

    /** Each strategy gets an equal share of what is left, so that one with a large space does not take it all. */
    List<Cell> cells(List<String> families) {
        long missing = families.stream().filter(f -> kept(f).isEmpty()).count();
        List<Cell> out = new ArrayList<>();
        for (String family : families) {
            Optional<FoundLayout> kept = kept(family);
            out.add(kept.isPresent() ? new Cell(kept, search.complete()) : searched(family, secondsLeft / missing--));
        }
        return out;
    }

    private Optional<FoundLayout> kept(String family) {
        return search.best().stream()
                .filter(f -> SearchExplanation.family(f.layout()).equals(family))
                .findFirst();
    }

    private Cell searched(String family, double seconds) {
        if (!search.complete() || seconds <= 0) {
            return new Cell(Optional.empty(), false);
        }
        StrategySearchBuilder one = StrategySearch.of(search.scenario(), search.devices())
                .objective(search.objective())
                .maxMemory(new Bytes((long) search.limitBytes()))
                .fix(Crossover.within(search.fixed(), family))
                .top(1)
                .threads(search.threads())
                .cancellation(cancellation);
        if (seconds < Double.POSITIVE_INFINITY) {
            one.budget(Duration.ofNanos((long) (seconds / NANO)));
        }
        SearchResult found = one.run();
        secondsLeft -= found.seconds();
        return new Cell(found.best().stream().findFirst(), found.complete());
    }
}
