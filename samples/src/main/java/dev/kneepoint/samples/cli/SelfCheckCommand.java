package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.CheckedPlan;
import dev.kneepoint.calibration.probe.DrawnPlan;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.report.SelfCheckJson;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.units.Seconds;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint selfcheck}. */
@Command(
        name = "selfcheck",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Calibrates, predicts random plans, runs the same plans for real, and says how far off the predictions are.",
            "Nothing else should run on the machine meanwhile."
        })
final class SelfCheckCommand implements Callable<Integer> {
    private static final String ROW = "%-48s %-14s %7s %12s %12s %8s%n";

    @Mixin
    private final CalibrationOptions calibration = new CalibrationOptions();

    @Option(
            names = "--profile",
            paramLabel = "FILE.json",
            description = "a profile that calibrate wrote (default: calibrates first)")
    private @Nullable Path profile;

    @Mixin
    private final SelfCheckOptions selfCheck = new SelfCheckOptions();

    @Option(names = "--out", paramLabel = "FILE.json", required = true, description = "writes kneepoint.selfcheck/1")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    SelfCheckCommand() {}

    @Override
    public Integer call() throws Exception {
        calibration.requireBackend(spec, "");
        MachineProfile base = calibration.base();
        List<DrawnPlan> drawn = selfCheck.draw(calibration);
        Optional<MachineProfile> given = Optional.ofNullable(profile).map(MachineProfile::read);
        try (Backend open = Kneepoint.create().backends().open(calibration.backend, calibration.options)) {
            return on(open, base, given, drawn);
        }
    }

    int on(Backend open, MachineProfile base, Optional<MachineProfile> given, List<DrawnPlan> drawn) throws Exception {
        LeaderOutput output = LeaderOutput.of(open, spec);
        output.prepare(out);
        MachineProfile machine = given.isPresent() ? given.get() : calibrated(open, output);
        SelfCheck check = output.withProgress(
                "selfcheck", calibration.quiet, progress -> selfCheck.check(open, base, machine, drawn, progress));
        output.write(out, w -> SelfCheckJson.write(calibration.backend, check, w));
        print(check, output.out());
        return 0;
    }

    private MachineProfile calibrated(Backend open, LeaderOutput output) throws Exception {
        Calibration found = output.withProgress("calibrate", calibration.quiet, p -> calibration.calibrate(open, p));
        ResidualTable.print(found, output.out());
        return found.machine();
    }

    private static void print(SelfCheck check, PrintWriter screen) {
        screen.printf(Locale.ROOT, ROW, "plan", "strategy", "devices", "predicted", "measured", "error");
        for (CheckedPlan p : check.plans()) {
            screen.printf(
                    Locale.ROOT,
                    ROW,
                    p.id(),
                    p.strategy(),
                    p.devices(),
                    new Seconds(p.predictedSeconds()),
                    new Seconds(p.measuredSeconds()),
                    String.format(Locale.ROOT, "%+.1f %%", 100 * (p.predictedSeconds() / p.measuredSeconds() - 1)));
        }
        screen.printf(
                Locale.ROOT,
                "|predicted/measured - 1|: median %.1f %%, 90th percentile %.1f %%, %d plans%n",
                100 * check.medianError(),
                100 * check.highError(),
                check.plans().size());
        screen.flush();
    }
}
