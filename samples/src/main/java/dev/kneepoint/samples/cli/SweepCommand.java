package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.SweepRequest;
import dev.kneepoint.calibration.SweepRow;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferKind;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kneepoint sweep}. */
@Command(
        name = "sweep",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Times collectives over a range of sizes, out of place and in place, and checks their results, as nccl-tests"
                    + " does and in its columns.",
            "Nothing else should run on the machine meanwhile. calibrate takes the JSON with --sweep. Exit code 1 if an"
                    + " element was wrong."
        })
final class SweepCommand implements Callable<Integer> {
    /** How the sweep is printed. */
    enum Format {
        /** The columns of nccl-tests. */
        TABLE,
        /** {@code kneepoint.sweep/1}. */
        JSON
    }

    private static final String ALL = "all";
    private static final int FACTOR = 2;

    @Option(names = "--backend", paramLabel = "NAME", required = true, description = "`kneepoint backends` lists them")
    private String backend = "";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "a backend's own option; repeatable")
    private Map<String, String> options = Map.of();

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "2",
            description = "ranks of the group (default: ${DEFAULT-VALUE})")
    private int devices = 2;

    @Option(
            names = "--collective",
            split = ",",
            paramLabel = "all|NAME,…",
            defaultValue = ALL,
            description = "all-reduce, all-gather, reduce-scatter, all-to-all, broadcast, send-receive"
                    + " (default: ${DEFAULT-VALUE})")
    private List<String> collectives = List.of(ALL);

    @Option(
            names = "--min",
            paramLabel = "SIZE",
            defaultValue = "8",
            converter = ByteSizes.class,
            description = "smallest buffer: bytes, or 64K, 1MiB, 8G (default: ${DEFAULT-VALUE})")
    private long min = 8;

    @Option(
            names = "--max",
            paramLabel = "SIZE",
            defaultValue = "128M",
            converter = ByteSizes.class,
            description = "largest buffer (default: ${DEFAULT-VALUE})")
    private long max = 128 << 20;

    @Option(names = "--factor", paramLabel = "N", description = "of each size on the one before (default: 2)")
    private @Nullable Integer factor;

    @Option(
            names = "--step",
            paramLabel = "SIZE",
            converter = ByteSizes.class,
            description = "from each size to the next, in place of a factor")
    private @Nullable Long step;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "5",
            description = "calls of each size before the timed ones (default: ${DEFAULT-VALUE})")
    private int warmup = 5;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "20",
            description = "timed calls of each size (default: ${DEFAULT-VALUE})")
    private int iterations = 20;

    @Option(
            names = "--type",
            paramLabel = "NAME",
            defaultValue = "float",
            description =
                    "of the elements: float, half, bfloat16, double, int8, uint8, int32, uint32, int64, uint64, f8e4m3,"
                            + " f8e5m2, where the backend has it (default: ${DEFAULT-VALUE})")
    private String type = "float";

    @Option(
            names = "--redop",
            paramLabel = "sum|prod|min|max|avg",
            defaultValue = "sum",
            description = "how elements become one, where the backend has it (default: ${DEFAULT-VALUE})")
    private String redop = "sum";

    @Option(
            names = "--check",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "whether results are checked element by element (default: they are)")
    private boolean check = true;

    @Option(
            names = "--format",
            paramLabel = "table|json",
            defaultValue = "table",
            description = "what to print on stdout (default: ${DEFAULT-VALUE})")
    private Format format = Format.TABLE;

    @Option(names = "--out", paramLabel = "FILE.json", description = "writes kneepoint.sweep/1 too")
    private @Nullable Path out;

    @Option(names = "--quiet", description = "no progress on stderr")
    private boolean quiet;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    SweepCommand() {}

    @Override
    public Integer call() throws Exception {
        // What is wrong with the options is said before anything opens.
        request(ProgressListener.none());
        try (Backend open = Kneepoint.create().backends().open(backend, options)) {
            return on(open);
        }
    }

    int on(Backend open) throws Exception {
        LeaderOutput output = LeaderOutput.of(open, spec);
        if (out != null) {
            output.prepare(out);
        }
        return report(output.withProgress("sweep", quiet, p -> Sweep.run(backend, open, request(p))), output);
    }

    private SweepRequest request(ProgressListener progress) {
        return new SweepRequest(
                devices,
                kinds(),
                ElementType.parse(type),
                ReductionOp.parse(redop),
                sizes(),
                warmup,
                iterations,
                check,
                progress,
                Interrupts.token());
    }

    private List<TransferKind> kinds() {
        return collectives.contains(ALL)
                ? Arrays.asList(TransferKind.values())
                : List.copyOf(new LinkedHashSet<>(
                        collectives.stream().map(TransferKind::parse).toList()));
    }

    private List<Long> sizes() {
        if (step != null && factor != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--factor or --step, not both");
        }
        return step == null
                ? SweepRequest.byFactor(min, max, factor == null ? FACTOR : factor)
                : SweepRequest.byStep(min, max, step);
    }

    private int report(Sweep sweep, LeaderOutput output) throws Exception {
        PrintWriter screen = output.out();
        if (out != null) {
            output.write(out, sweep::write);
        }
        switch (format) {
            case TABLE -> SweepTable.print(sweep, screen);
            case JSON -> sweep.write(screen);
        }
        screen.flush();
        boolean wrong = sweep.rows().stream()
                .map(SweepRow::kind)
                .distinct()
                .anyMatch(kind -> sweep.wrong(kind).orElse(0) > 0);
        return wrong ? 1 : 0;
    }
}
