package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.ProfileUncertainty;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.samples.report.Crossover;
import dev.kneepoint.samples.report.SearchReport;
import dev.kneepoint.study.HardwareChange;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchObjective;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.units.Bytes;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint search}. */
@Command(
        name = "search",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Finds the best of all legal strategies at each size: data kind with every shard group, tensor, sequence,"
                    + " pipeline, context and expert parallelism, schedules, interleaving, splits, micro-batch,"
                    + " recomputation and prefetching.",
            "With several sizes it shows where the winner changes. --tokens with --deadline or --budget turns the"
                    + " question round."
        })
final class SearchCommand implements Callable<Integer> {
    @Mixin
    private final ScenarioOptions scenario = new ScenarioOptions();

    @Option(
            names = "--devices",
            paramLabel = "A..B|N,N",
            required = true,
            description = "a size, a list, or doublings from A to B")
    private String devices = "";

    @Option(names = "--global-batch", paramLabel = "N", description = "sequences per step")
    private @Nullable Integer globalBatch;

    @Option(names = "--local-batch", paramLabel = "N", description = "sequences per device and step (default: 1)")
    private @Nullable Integer localBatch;

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

    @Mixin
    private final SearchQuestion question = new SearchQuestion();

    @Option(names = "--out", paramLabel = "DIR", description = "writes search.json and report.html there")
    private @Nullable Path out;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    SearchCommand() {}

    @Override
    public Integer call() throws Exception {
        String model = scenario.model;
        if (model == null) {
            throw wrong("--model is needed; `kneepoint models` lists the catalog");
        }
        if (globalBatch != null && localBatch != null) {
            throw wrong("give --global-batch or --local-batch, not both");
        }
        if (output.format == OutputOptions.Format.CSV) {
            throw wrong("search prints a table or json, not csv");
        }
        if (top < 1) {
            throw wrong("--top takes a number of layouts, at least 1, not " + top);
        }
        question.check(spec.commandLine());
        List<SearchJson.Size> sizes = new ArrayList<>();
        for (int n : DeviceSizes.parse(devices)) {
            sizes.add(size(search(model, n)));
        }
        // What took long is shown whatever becomes of the files.
        print(sizes);
        if (out != null) {
            write(out, sizes);
        }
        return sizes.stream().allMatch(s -> s.result().best().isEmpty()) ? 1 : 0;
    }

    private SearchJson.Size size(SearchResult found) {
        return new SearchJson.Size(
                found.withTop(top),
                SearchExplanation.of(found, HardwareChange.TWICE_AS_GOOD),
                SearchObstacle.of(found),
                robust ? SearchRobustness.of(found, ProfileUncertainty.shipped()) : Optional.empty());
    }

    private SearchResult search(String model, int n) throws Exception {
        int batch = globalBatch != null ? globalBatch : Math.multiplyExact(localBatch == null ? 1 : localBatch, n);
        Scenario machine = scenario.scenario(model, batch);
        for (String change : whatIf) {
            machine = HardwareChange.parse(change).apply(machine);
        }
        StrategySearchBuilder search = Kneepoint.create()
                .search(machine, n)
                .objective(objective)
                .fix(fixed)
                .top(judgesTime() ? Math.max(top, SearchRobustness.KEPT) : top)
                .pareto(pareto)
                .prune(!everything)
                .cancellation(Interrupts.token());
        if (maxMemory != null) {
            search.maxMemory(MemorySize.parse(maxMemory));
        }
        if (threads != null) {
            search.threads(threads);
        }
        timeLimit().ifPresent(search::budget);
        return output.withProgress(
                "search " + n,
                spec.commandLine().getErr(),
                progress -> search.progress(progress).run());
    }

    private void write(Path folder, List<SearchJson.Size> sizes) throws Exception {
        AtomicFiles.write(folder.resolve("search.json"), w -> SearchJson.write(sizes, w));
        List<SearchResult> results = sizes.stream().map(SearchJson.Size::result).toList();
        Crossover crossover = output.withProgress(
                "crossover",
                spec.commandLine().getErr(),
                progress -> Crossover.of(results, timeLimit(), progress, Interrupts.token()));
        String version = VersionProvider.version();
        AtomicFiles.write(folder.resolve("report.html"), w -> SearchReport.write(sizes, crossover, version, w));
    }

    private Optional<Duration> timeLimit() {
        return Optional.ofNullable(timeLimit).map(seconds -> Duration.ofNanos((long) (seconds * 1e9)));
    }

    private boolean judgesTime() {
        return robust && (objective == SearchObjective.THROUGHPUT || objective == SearchObjective.COST);
    }

    private void print(List<SearchJson.Size> sizes) {
        PrintWriter to = spec.commandLine().getOut();
        if (output.format == OutputOptions.Format.JSON) {
            SearchJson.write(sizes, to);
        } else {
            SearchTable.print(sizes, to);
            question.print(sizes.stream().map(SearchJson.Size::result).toList(), to);
        }
        to.flush();
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    /** Sizes of memory as people write them. */
    static final class MemorySize {
        private MemorySize() {}

        static Bytes parse(String text) {
            String unit = text.replaceAll("[0-9.]", "").strip();
            try {
                double number = Double.parseDouble(text.replace(unit, "").strip());
                if (unit.equals("GB") || unit.equals("GiB")) {
                    return unit.equals("GB") ? Bytes.gb(number) : Bytes.gib(number);
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "--max-memory takes a size such as 72GiB or 80GB, not '" + text + "'", e);
            }
            throw new IllegalArgumentException("--max-memory takes a size such as 72GiB or 80GB, not '" + text + "'");
        }
    }
}
