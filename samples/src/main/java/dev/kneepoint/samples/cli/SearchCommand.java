package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.ProfileUncertainty;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.samples.report.Crossover;
import dev.kneepoint.samples.report.SearchReport;
import dev.kneepoint.samples.report.TrustLines;
import dev.kneepoint.study.HardwareChange;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    private static final String JSON = "search.json";

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

    @Mixin
    private final SearchSettings settings = new SearchSettings();

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
        // A long search that is wrong at a later size, or whose files cannot be written, would be for nothing.
        Map<Integer, StrategySearchBuilder> searches = searches(model);
        searches.values().iterator().next().build();
        if (out != null) {
            AtomicFiles.prepare(out.resolve(JSON));
        }
        List<SearchJson.Size> sizes = new ArrayList<>();
        for (Map.Entry<Integer, StrategySearchBuilder> search : searches.entrySet()) {
            sizes.add(size(run(search.getKey(), search.getValue())));
        }
        // What took long is shown whatever becomes of the files.
        print(sizes);
        if (out != null) {
            write(out, sizes);
        }
        return sizes.stream().allMatch(s -> s.result().best().isEmpty()) ? 1 : 0;
    }

    /** By size, ascending. */
    private Map<Integer, StrategySearchBuilder> searches(String model) {
        if (spec.commandLine().getParseResult().hasMatchedOption("--recompute")) {
            throw wrong("search tries every recomputation; fix one with --fix recompute=" + scenario.recompute);
        }
        settings.check();
        question.check(spec.commandLine());
        Map<Integer, StrategySearchBuilder> all = new LinkedHashMap<>();
        for (int n : sizes()) {
            Scenario machine = settings.changed(scenario.scenario(model, batch(n)));
            question.check(machine.cluster());
            all.put(n, search(machine, n));
        }
        return all;
    }

    private int batch(int n) {
        if (globalBatch != null) {
            if (globalBatch < 1 || globalBatch > TrainingWorkload.MAX_GLOBAL_BATCH) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "--global-batch takes 1 to %,d sequences, not %,d",
                        TrainingWorkload.MAX_GLOBAL_BATCH,
                        globalBatch));
            }
            return globalBatch;
        }
        long each = localBatch == null ? 1 : localBatch;
        if (each < 1) {
            throw new IllegalArgumentException("--local-batch takes at least 1 sequence a device, not " + each);
        }
        if (each * n > TrainingWorkload.MAX_GLOBAL_BATCH) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "--local-batch %d makes more than %,d sequences a step on %,d devices",
                    each,
                    TrainingWorkload.MAX_GLOBAL_BATCH,
                    n));
        }
        return (int) each * n;
    }

    private List<Integer> sizes() {
        Cluster cluster = scenario.cluster();
        List<Integer> sizes = DeviceSizes.parse(devices);
        if (sizes.getLast() > cluster.maxDevices()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "--devices takes sizes up to the %,d of %s, not %,d",
                    cluster.maxDevices(),
                    cluster.name(),
                    sizes.getLast()));
        }
        return sizes;
    }

    private StrategySearchBuilder search(Scenario machine, int n) {
        StrategySearchBuilder search = Kneepoint.create().search(machine, n);
        settings.apply(search);
        return search.cancellation(Interrupts.token());
    }

    private SearchResult run(int n, StrategySearchBuilder search) throws Exception {
        return output.withProgress(
                "search " + n,
                spec.commandLine().getErr(),
                progress -> search.progress(progress).run());
    }

    private SearchJson.Size size(SearchResult found) {
        return new SearchJson.Size(
                found.withTop(settings.top()),
                SearchExplanation.of(found, HardwareChange.TWICE_AS_GOOD),
                SearchObstacle.of(found),
                settings.isRobust() ? SearchRobustness.of(found, ProfileUncertainty.shipped()) : Optional.empty());
    }

    private void write(Path folder, List<SearchJson.Size> sizes) throws Exception {
        AtomicFiles.write(folder.resolve(JSON), w -> SearchJson.write(sizes, w));
        List<SearchResult> results = sizes.stream().map(SearchJson.Size::result).toList();
        Crossover crossover = output.withProgress(
                "crossover",
                spec.commandLine().getErr(),
                progress -> Crossover.of(results, settings.timeLimit(), progress, Interrupts.token()));
        String version = VersionProvider.version();
        AtomicFiles.write(
                folder.resolve("report.html"), w -> SearchReport.write(sizes, crossover, trust(results), version, w));
    }

    private void print(List<SearchJson.Size> sizes) {
        PrintWriter to = spec.commandLine().getOut();
        if (output.format == OutputOptions.Format.JSON) {
            SearchJson.write(sizes, to);
        } else {
            List<SearchResult> results =
                    sizes.stream().map(SearchJson.Size::result).toList();
            SearchTable.print(sizes, trust(results), to);
            question.print(results, to);
        }
        to.flush();
    }

    private List<String> trust(List<SearchResult> results) {
        return settings.isHypothetical()
                ? List.of("Trust: nobody has measured a machine that differs by --what-if.")
                : TrustLines.ofBest(results);
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
