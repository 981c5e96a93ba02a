package dev.kneepoint.samples.cli;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.HardwareChange;
import dev.kneepoint.study.SearchObjective;
import dev.kneepoint.study.SearchRobustness;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.units.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what a search looks for, among what, and for how long. */
final class SearchSettings {
    private static final int MOST_LAYOUTS = 100_000;
    private static final int MOST_THREADS = 1024;
    private static final double NANOS = 1e9;

    @Option(
            names = "--objective",
            paramLabel = "throughput|cost|energy|memory",
            defaultValue = "throughput",
            description = "what is wanted most (default: ${DEFAULT-VALUE})")
    private SearchObjective objective = SearchObjective.THROUGHPUT;

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            description = "memory that a layout may need on a device, for example 72GiB (default: the device's)")
    private @Nullable String maxMemory;

    @Option(
            names = "--fix",
            paramLabel = "SPEC",
            defaultValue = "",
            description = "parts of the strategy that are given, several values as a|b, for example"
                    + " 'fsdp|hsdp,tp=1|2,recompute=none'")
    private String fixed = "";

    @Option(
            names = "--pareto",
            description =
                    "find the front of throughput, memory, cost and energy over all sizes; layouts are simulated for"
                            + " their energy, which takes longer")
    private boolean pareto;

    @Option(
            names = "--robust",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "also name the layout that loses least where the profiles are wrong (default: yes, for step time"
                            + " and cost)")
    private boolean robust;

    @Option(names = "--top", paramLabel = "K", defaultValue = "10", description = "default: ${DEFAULT-VALUE}")
    private int top = 10;

    @Option(names = "--threads", paramLabel = "N", description = "default: the processors of this machine")
    private @Nullable Integer threads;

    @Option(names = "--no-prune", description = "evaluate every layout; the result is the same")
    private boolean everything;

    @Option(
            names = "--time-limit",
            paramLabel = "SECONDS",
            description = "per size; what was found by then is the result (default: none)")
    private @Nullable Double timeLimit;

    @Option(
            names = "--what-if",
            paramLabel = "PART=FACTOR",
            description = "search a machine that differs, for example inter_node_bandwidth=2x; repeatable")
    private List<String> whatIf = new ArrayList<>();

    SearchSettings() {}

    /** Refuses what no search takes, by the names of the options. */
    void check() {
        count("--top", "layouts", top, MOST_LAYOUTS);
        if (threads != null) {
            count("--threads", "", threads, MOST_THREADS);
        }
        if (timeLimit != null) {
            AboveZero.check("--time-limit", "seconds above 0", timeLimit);
        }
    }

    private static void count(String option, String what, int value, int most) {
        if (value < 1 || value > most) {
            String unit = what.isEmpty() ? "" : " " + what;
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s takes 1 to %,d%s, not %,d", option, most, unit, value));
        }
    }

    /** Whether the machine differs from the one that was named. */
    boolean isHypothetical() {
        return !whatIf.isEmpty();
    }

    /** The machine that is searched. */
    Scenario changed(Scenario scenario) {
        Scenario machine = scenario;
        for (String change : whatIf) {
            machine = HardwareChange.parse(change).apply(machine);
        }
        return machine;
    }

    void apply(StrategySearchBuilder search) {
        search.objective(objective)
                .fix(fixed)
                .top(judgesTime() ? Math.max(top, SearchRobustness.KEPT) : top)
                .pareto(pareto)
                .prune(!everything);
        if (maxMemory != null) {
            search.maxMemory(memory(maxMemory));
        }
        if (threads != null) {
            search.threads(threads);
        }
        timeLimit().ifPresent(search::budget);
    }

    /** A size of memory as people write it. */
    private static Bytes memory(String text) {
        String unit = text.replaceAll("[0-9.]", "").strip();
        try {
            double number = Double.parseDouble(text.replace(unit, "").strip());
            double bytes = number
                    * switch (unit) {
                        case "GB" -> 1e9;
                        case "GiB" -> 1L << 30;
                        default -> Double.NaN;
                    };
            if (bytes >= 1 && bytes < 0x1p63) {
                return Bytes.of(bytes);
            }
        } catch (NumberFormatException e) {
            throw noMemory(text, e);
        }
        throw noMemory(text, null);
    }

    private static IllegalArgumentException noMemory(String text, @Nullable NumberFormatException cause) {
        return new IllegalArgumentException(
                "--max-memory takes a size above 0 such as 72GiB or 80GB, not '" + text + "'", cause);
    }

    Optional<Duration> timeLimit() {
        return Optional.ofNullable(timeLimit).map(seconds -> Duration.ofNanos((long) (seconds * NANOS)));
    }

    /** How many of the best are shown. */
    int top() {
        return top;
    }

    boolean isRobust() {
        return robust;
    }

    private boolean judgesTime() {
        return robust && (objective == SearchObjective.THROUGHPUT || objective == SearchObjective.COST);
    }
}
