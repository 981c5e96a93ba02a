package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.report.StudyCsv;
import dev.kneepoint.report.StudyJson;
import dev.kneepoint.samples.report.HtmlReport;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.ScalingStudyBuilder;
import dev.kneepoint.study.StudyResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint study}. */
@Command(
        name = "study",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Scales a training step over a range of sizes and finds the knee of every strategy.",
            "Without --model it runs the default study: Llama-2 7B on DGX H100, weak and strong scaling."
        })
final class StudyCommand implements Callable<Integer> {
    private static final String REPORT = "report.html";

    @Mixin
    private final ScenarioOptions scenario = new ScenarioOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "N",
            description = "sizes to study (default: 8,16,...,2048, as far as the cluster goes)")
    private List<Integer> devices = new ArrayList<>();

    @Option(
            names = "--strategy",
            split = ";",
            paramLabel = "SPEC",
            description = "strategies separated by ;, for example 'fsdp;fsdp,tp=2' (default: fsdp)")
    private List<String> strategies = new ArrayList<>();

    @Option(names = "--best", description = "add a series that takes the quickest strategy at each size")
    private boolean best;

    @Option(
            names = "--scaling",
            paramLabel = "strong|weak",
            description = "what stays fixed (default: strong with --global-batch, else weak)")
    private @Nullable String scaling;

    @Option(names = "--global-batch", paramLabel = "N", description = "sequences per step, strong scaling")
    private @Nullable Integer globalBatch;

    @Option(
            names = "--local-batch",
            paramLabel = "N",
            description = "sequences per device and step, weak scaling (default: 1)")
    private @Nullable Integer localBatch;

    @Option(
            names = "--micro-batch",
            paramLabel = "N",
            description = "sequences per micro-batch (default: the quickest that fits)")
    private @Nullable Integer microBatch;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "sim", description = "default: ${DEFAULT-VALUE}")
    private String backend = "sim";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "a backend's own option; repeatable")
    private Map<String, String> options = Map.of();

    @Mixin
    private final RepetitionOptions repetitions = new RepetitionOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "writes study.json, study.csv and report.html there (default study: out)")
    private @Nullable Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    StudyCommand() {}

    @Override
    public Integer call() throws Exception {
        scenario.on(backend);
        return scenario.model == null ? defaultStudy() : oneStudy(scenario.model);
    }

    private int defaultStudy() throws Exception {
        refuse(globalBatch != null || localBatch != null || scaling != null, "--scaling and batches need --model");
        refuse(!devices.isEmpty() || !strategies.isEmpty(), "--devices and --strategy need --model");
        Kneepoint kneepoint = Kneepoint.create();
        List<ScalingStudyBuilder> studies =
                List.of(DefaultStudies.weak(kneepoint, scenario), DefaultStudies.strong(kneepoint, scenario));
        Path folder = out == null ? Path.of("out") : out;
        try (Backend open = kneepoint.backends().open(backend, options)) {
            LeaderOutput leader = LeaderOutput.of(open, spec);
            leader.prepare(folder.resolve(REPORT));
            List<StudyResult> results = new ArrayList<>();
            for (ScalingStudyBuilder study : studies) {
                results.add(run(study, open, leader));
            }
            write(folder.resolve("weak"), results.get(0), leader);
            write(folder.resolve("strong"), results.get(1), leader);
            report(folder, results, leader);
            print(results, leader.out());
            if (output.format == OutputOptions.Format.TABLE) {
                leader.out()
                        .println("Report and data: " + folder.resolve(REPORT) + ", " + folder.resolve("weak") + ", "
                                + folder.resolve("strong"));
            }
        }
        return 0;
    }

    private int oneStudy(String model) throws Exception {
        boolean strong = isStrong();
        refuse(strong && globalBatch == null, "strong scaling needs --global-batch");
        refuse(strong && localBatch != null, "--local-batch is for weak scaling, --global-batch for strong");
        refuse(!strong && globalBatch != null, "--global-batch is for strong scaling, --local-batch for weak");
        int batch = strong ? globalBatch == null ? 1 : globalBatch : localBatch == null ? 1 : localBatch;
        Kneepoint kneepoint = Kneepoint.create();
        ScalingStudyBuilder study =
                kneepoint.study(scenario.scenario(model, batch)).strategies(parsed());
        if (strong) {
            study.strong(batch);
        } else {
            study.weak(batch);
        }
        study.envelope(best);
        study.devices(devices.isEmpty() ? DefaultStudies.sizes(scenario) : devices);
        try (Backend open = kneepoint.backends().open(backend, options)) {
            return on(open, study);
        }
    }

    int on(Backend open, ScalingStudyBuilder study) throws Exception {
        LeaderOutput leader = LeaderOutput.of(open, spec);
        if (out != null) {
            leader.prepare(out.resolve(REPORT));
        }
        StudyResult result = run(study, open, leader);
        if (out != null) {
            write(out, result, leader);
            report(out, List.of(result), leader);
        }
        print(List.of(result), leader.out());
        return 0;
    }

    private boolean isStrong() {
        if (scaling == null) {
            return globalBatch != null;
        }
        return switch (scaling) {
            case "strong" -> true;
            case "weak" -> false;
            default ->
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--scaling is strong or weak, not '" + scaling + "'");
        };
    }

    private List<ParallelismStrategy> parsed() {
        List<ParallelismStrategy> all = new ArrayList<>();
        for (String text : strategies.isEmpty() ? List.of("fsdp") : strategies) {
            ParallelismStrategy s = ParallelismStrategy.parse(text.strip());
            if (microBatch != null && s.microBatch().isEmpty()) {
                s = s.toBuilder().microBatch(microBatch).build();
            }
            all.add(s);
        }
        return all;
    }

    private StudyResult run(ScalingStudyBuilder study, Backend open, LeaderOutput leader) throws Exception {
        study.backend(backend, options)
                .repetitions(repetitions.warmup(backend), repetitions.steps(backend))
                .cancellation(Interrupts.token());
        return leader.withProgress(
                "study",
                output.quiet,
                progress -> study.progress(progress).build().run(open));
    }

    private void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }

    private static void write(Path folder, StudyResult result, LeaderOutput leader) throws IOException {
        leader.write(folder.resolve("study.json"), w -> StudyJson.write(result, w));
        leader.write(folder.resolve("study.csv"), w -> StudyCsv.write(result, w));
    }

    private static void report(Path folder, List<StudyResult> results, LeaderOutput leader) throws IOException {
        String version = VersionProvider.version();
        leader.write(folder.resolve(REPORT), w -> HtmlReport.write(results, version, w));
    }

    private void print(List<StudyResult> results, PrintWriter to) throws IOException {
        for (StudyResult r : results) {
            switch (output.format) {
                case TABLE -> StudyTable.print(r, to);
                case JSON -> StudyJson.write(r, to);
                case CSV -> StudyCsv.write(r, to);
            }
        }
        to.flush();
    }
}
