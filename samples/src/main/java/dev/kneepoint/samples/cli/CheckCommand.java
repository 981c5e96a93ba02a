package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.DrawnPlan;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.testkit.ConformanceRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
            "Checks a backend on this machine: the conformance kit, a calibration, and predictions of random plans beside"
                    + " the same plans run for real. Prints one JSON, kneepoint.check/1.",
            "Ends with 0 if all of it ran and every check passed, else with 1. Nothing else should run meanwhile."
        })
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private final CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private final SelfCheckOptions selfCheck = new SelfCheckOptions();

    @Option(names = "--out", paramLabel = "FILE.json", description = "writes the JSON there too")
    private @Nullable Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    CheckCommand() {}

    @Override
    public Integer call() throws Exception {
        if (out != null) {
            AtomicFiles.prepare(out);
        }
        List<DrawnPlan> drawn = selfCheck.draw(calibration);
        PrintWriter err = spec.commandLine().getErr();
        CheckReport report = new CheckReport(calibration.backend, calibration.options);
        report.conformance(ConformanceRun.of(
                calibration.backend, calibration.options, Map.of(), o -> tell(o, err), Interrupts.token()));
        try (Backend open = Kneepoint.create().backends().open(calibration.backend, calibration.options)) {
            measure(open, drawn, report);
        } catch (BackendException | IllegalArgumentException e) {
            throwIfCancelled(e);
            report.problem("open", e);
        }
        String json = report.json();
        spec.commandLine().getOut().println(json);
        if (out != null) {
            AtomicFiles.write(out, w -> w.write(json));
        }
        return report.isSound() ? 0 : 1;
    }

    /** What cannot be measured is said in the report; the rest is not lost. */
    private void measure(Backend open, List<DrawnPlan> drawn, CheckReport report) {
        Optional<Calibration> found = part("calibration", report, p -> calibration.calibrate(open, p));
        found.ifPresent(report::calibration);
        found.flatMap(c -> part(
                        "selfcheck", report, p -> selfCheck.check(open, calibration.base(), c.machine(), drawn, p)))
                .ifPresent(report::selfCheck);
    }

    private interface Part<T> {
        T run(ProgressListener progress);
    }

    private <T> Optional<T> part(String name, CheckReport report, Part<T> part) {
        try {
            return Optional.of(
                    calibration.output().withProgress(name, spec.commandLine().getErr(), part::run));
        } catch (Exception e) {
            throwIfCancelled(e);
            report.problem(name, e);
            return Optional.empty();
        }
    }

    private static void throwIfCancelled(Exception e) {
        if (e instanceof ExecutionCancelledException cancelled) {
            throw cancelled;
        }
    }

    private void tell(ConformanceRun.Outcome o, PrintWriter err) {
        if (!calibration.quiet || !o.passed()) {
            err.println("conformance: " + (o.passed() ? "ok" : "FAILED") + "  " + o.battery() + ": " + o.check()
                    + o.problem().map(p -> ": " + p).orElse(""));
        }
    }
}
