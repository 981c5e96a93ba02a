package dev.kneepoint.samples.cli;

import com.google.common.base.Ticker;
import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.DrawnPlan;
import dev.kneepoint.report.AtomicFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint check}. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Checks a backend on this machine: the conformance kit, figures of the device, one device's work in strategies of"
                    + " many, a calibration, and predictions of random plans beside the same plans run for real. Prints"
                    + " one JSON, kneepoint.check/1.",
            "With --backend auto it is cuda where that can run, else opencl. On a GPU the self-check has --size 8, the"
                    + " precision is bf16 and the largest probe has at most as many ranks as there are GPUs, if nothing"
                    + " else is given.",
            "Ends with 0 if all of it ran and every check passed, else with 1. Nothing else should run meanwhile."
        })
final class CheckCommand implements Callable<Integer> {
    private static final int GPU_SIZE = 8;

    /** For the last words of a part that was cancelled, and to start Java. */
    private static final Duration RESERVE = Duration.ofSeconds(12);

    private static final Duration LEAST = Duration.ofSeconds(3);

    @Mixin
    private final CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private final SelfCheckOptions selfCheck = new SelfCheckOptions();

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "8",
            description = "longest time of all of it; parts that do not fit are cut (default: ${DEFAULT-VALUE})")
    private double minutes = 8;

    @Option(
            names = "--sampled",
            negatable = true,
            description = "runs one device's work of Llama-2 7B and 70B strategies (default: with backend cuda)")
    private @Nullable Boolean sampled;

    @Option(
            names = "--rivals",
            paramLabel = "FILE",
            description =
                    "a C program that makes the calls of backend cuda, to be compared with it; the check kit has it")
    private @Nullable Path rivals;

    @Option(names = "--out", paramLabel = "FILE.json", description = "writes the JSON there too")
    private @Nullable Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    private volatile boolean hangs;

    CheckCommand() {}

    /** Whether a part did not even end when its time was up: something native may still be at work. */
    boolean hangs() {
        return hangs;
    }

    @Override
    public Integer call() throws Exception {
        calibration.requireBackend(spec, "; auto takes cuda where it can run, else opencl");
        CheckBudget all = CheckBudget.of(limit(), Ticker.systemTicker());
        if (out != null) {
            AtomicFiles.prepare(out);
        }
        CheckTarget target =
                CheckTarget.of(calibration.backend, Kneepoint.create().backends());
        suit(target);
        List<DrawnPlan> drawn = selfCheck.draw(calibration);
        CheckReport report = new CheckReport(target, calibration.options);
        PrintWriter err = spec.commandLine().getErr();
        CheckParts parts = new CheckParts(target, calibration, selfCheck, report, all, err);
        within(all, () -> run(parts, target, drawn), report);
        String json = report.json();
        spec.commandLine().getOut().println(json);
        if (out != null) {
            AtomicFiles.write(out, w -> w.write(json));
        }
        return report.isSound() ? 0 : 1;
    }

    private Duration limit() {
        Duration all = Duration.ofSeconds(Math.round(60 * minutes)).minus(RESERVE);
        if (all.compareTo(LEAST) < 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--minutes must be at least 0.25, not " + minutes);
        }
        return all;
    }

    /** Defaults that suit a GPU, where nothing else was asked for. */
    private void suit(CheckTarget target) {
        if (!target.isGpu()) {
            return;
        }
        calibration.stranger = StrategySample.CLUSTER;
        CommandLine.ParseResult given = spec.commandLine().getParseResult();
        if (!given.hasMatchedOption("--size")) {
            selfCheck.size(GPU_SIZE);
        }
        if (!given.hasMatchedOption("--precision")) {
            calibration.precision = "bf16";
        }
        if (!given.hasMatchedOption("--devices")) {
            calibration.devices = Math.clamp(target.devices().size(), 1, calibration.devices);
        }
    }

    private void run(CheckParts parts, CheckTarget target, List<DrawnPlan> drawn) {
        parts.conformance();
        parts.figures();
        if (target.backend().equals("cuda")) {
            parts.graphs();
            parts.nccl(CheckNccl.of(calibration.options, target.devices().size(), System.getenv()));
        }
        if (rivals != null && target.isGpu()) {
            parts.rivals(rivals);
        }
        if (sampled == null ? target.isGpu() : sampled) {
            parts.samples(StrategySample.LLAMA);
        }
        parts.predictions(drawn);
    }

    /** Runs it on a thread that may be left behind: a driver that hangs cannot be interrupted. */
    private void within(CheckBudget budget, Runnable all, CheckReport report) throws Exception {
        FutureTask<Boolean> task = new FutureTask<>(all, true);
        Thread.ofPlatform().daemon().name("check").start(task);
        try {
            task.get(budget.left().plus(RESERVE.dividedBy(2)).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            hangs = true;
            report.hangs(minutes + " minutes");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }
}
