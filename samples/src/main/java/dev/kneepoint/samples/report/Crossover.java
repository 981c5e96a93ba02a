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
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

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
     * @param cells its best layout at each size
     */
    public record Row(String family, List<Cell> cells) {
        /** Copies the list. */
        public Row {
            cells = ImmutableList.copyOf(cells);
        }
    }

    /**
     * A strategy at a size.
     *
     * @param best its best layout, of those searched; empty if none of them is legal and fits
     * @param complete whether all were searched; false if the time was up first
     */
    public record Cell(Optional<FoundLayout> best, boolean complete) {}

    /**
     * Searches each strategy at each size where the searches did not keep its best.
     *
     * @param sizes searches of one workload, by ascending size
     * @param limit time for a size, of which its search has used some; strategies share the rest. Empty for none
     * @param progress hears of sizes that are done
     * @param cancellation lets the host stop
     * @return the rows; none if less than two sizes found something
     */
    public static Crossover of(
            List<SearchResult> sizes,
            Optional<Duration> limit,
            ProgressListener progress,
            CancellationToken cancellation) {
        if (sizes.stream().filter(r -> !r.best().isEmpty()).count() < 2) {
            return new Crossover(List.of());
        }
        List<String> families = List.copyOf(families(sizes));
        List<List<Cell>> columns = new ArrayList<>();
        for (SearchResult r : sizes) {
            columns.add(new CrossoverSize(r, limit, cancellation).cells(families));
            progress.progressed(columns.size(), sizes.size(), "strategies on " + r.devices() + " devices");
        }
        return new Crossover(IntStream.range(0, families.size())
                .mapToObj(f -> new Row(
                        families.get(f), columns.stream().map(c -> c.get(f)).toList()))
                .toList());
    }

    /**
     * Whether the time was up before all strategies of a size were searched.
     *
     * @param size its place among the sizes, from 0
     * @return whether a better layout of some strategy may exist there
     */
    public boolean isCutOff(int size) {
        return rows.stream().anyMatch(row -> !row.cells().get(size).complete());
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
