package dev.kneepoint.samples.report;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.StrategySearch;
import dev.kneepoint.units.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The best layout of each strategy at each size: of every strategy that wins somewhere, of the best of the rest, and of
 * plain fully sharded data parallelism. A strategy is a data kind with its degrees; micro-batch, recomputation, schedule
 * and prefetching are free. Immutable.
 *
 * @param rows winners first, in the order in which they begin to win
 */
public record Crossover(List<Row> rows) {
    /** As many as there are colours; winners may be more. */
    private static final int ENOUGH = 7;

    private static final String PLAIN = "fsdp";
    /** Its other name. */
    private static final String PLAIN_TOO = "zero3";

    private static final Set<String> DEGREES = ImmutableSet.of("tp", "pp", "cp", "ep");
    private static final Set<String> KINDS = ImmutableSet.of("ddp", "zero1", "zero2", "zero3", "fsdp", "hsdp");

    /** Copies the list. */
    public Crossover {
        rows = ImmutableList.copyOf(rows);
    }

    /**
     * A strategy.
     *
     * @param family data kind and degrees, see {@link SearchExplanation#family}
     * @param best its best layout at each size; empty where none is legal and fits
     */
    public record Row(String family, List<Optional<FoundLayout>> best) {
        /** Copies the list. */
        public Row {
            best = ImmutableList.copyOf(best);
        }
    }

    /**
     * Searches each strategy at each size where the searches did not keep its best.
     *
     * @param sizes searches of one workload, by ascending size
     * @param progress hears of strategies that are done
     * @param cancellation lets the host stop
     * @return the rows; none if less than two sizes found something, or a search was stopped before its end
     */
    public static Crossover of(List<SearchResult> sizes, ProgressListener progress, CancellationToken cancellation) {
        boolean compared = sizes.stream().filter(r -> !r.best().isEmpty()).count() > 1;
        if (!compared || sizes.stream().anyMatch(r -> !r.complete())) {
            return new Crossover(List.of());
        }
        List<Row> rows = new ArrayList<>();
        Set<String> families = families(sizes);
        for (String family : families) {
            rows.add(new Row(
                    family,
                    sizes.stream().map(r -> best(r, family, cancellation)).toList()));
            progress.progressed(rows.size(), families.size(), family);
        }
        return new Crossover(rows);
    }

    private static Set<String> families(List<SearchResult> sizes) {
        Set<String> names = new LinkedHashSet<>();
        for (SearchResult r : sizes) {
            r.best().stream().limit(1).forEach(f -> names.add(SearchExplanation.family(f.layout())));
        }
        if (names.size() < ENOUGH && sizes.stream().allMatch(r -> allowsPlain(r.fixed()))) {
            names.add(PLAIN);
        }
        // From the largest size down: what nearly wins there is what one would ask about next.
        for (SearchResult r : sizes.reversed()) {
            r.best().stream()
                    .map(f -> SearchExplanation.family(f.layout()))
                    .distinct()
                    .filter(name -> !names.contains(name))
                    .limit(Math.max(0, Math.min(2, ENOUGH - names.size())))
                    .toList()
                    .forEach(names::add);
        }
        return names;
    }

    private static Optional<FoundLayout> best(SearchResult r, String family, CancellationToken cancellation) {
        Optional<FoundLayout> kept = r.best().stream()
                .filter(f -> SearchExplanation.family(f.layout()).equals(family))
                .findFirst();
        return kept.isPresent()
                ? kept
                : StrategySearch.of(r.scenario(), r.devices())
                        .objective(r.objective())
                        .maxMemory(new Bytes((long) r.limitBytes()))
                        .fix(within(r.fixed(), family))
                        .top(1)
                        .threads(r.threads())
                        .cancellation(cancellation)
                        .run()
                        .best()
                        .stream()
                        .findFirst();
    }

    /** What was fixed, with the family's data kind and degrees in place of those that were allowed. */
    static String within(String fixed, String family) {
        List<String> all = new ArrayList<>(parts(family));
        DEGREES.stream()
                .filter(d -> all.stream().noneMatch(p -> p.startsWith(d + "=")))
                .forEach(d -> all.add(d + "=1"));
        all.addAll(elsewhere(fixed));
        return Joiner.on(',').join(all);
    }

    /** Whether what is fixed leaves room for fully sharded data parallelism alone. */
    static boolean allowsPlain(String fixed) {
        List<String> other = elsewhere(fixed);
        return parts(fixed).stream().filter(p -> !other.contains(p)).allMatch(p -> {
            int equals = p.indexOf('=');
            boolean degree = equals > 0 && DEGREES.contains(p.substring(0, equals));
            List<String> values = Splitter.on('|').splitToList(degree ? p.substring(equals + 1) : p);
            return degree ? values.contains("1") : values.contains(PLAIN) || values.contains(PLAIN_TOO);
        });
    }

    private static List<String> parts(String spec) {
        return Splitter.on(',').trimResults().omitEmptyStrings().splitToList(spec.toLowerCase(Locale.ROOT));
    }

    /** The parts that name neither data kinds nor degrees. */
    private static List<String> elsewhere(String fixed) {
        return parts(fixed).stream()
                .filter(p -> {
                    String key = Splitter.on('=').splitToList(p).getFirst();
                    String kind = Splitter.on('|').splitToList(key).getFirst();
                    return !DEGREES.contains(key) && !KINDS.contains(kind);
                })
                .toList();
    }
}
