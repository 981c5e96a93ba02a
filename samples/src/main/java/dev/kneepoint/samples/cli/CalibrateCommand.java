package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.spi.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint calibrate}. */
@Command(
        name = "calibrate",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = {
            "Measures a machine through a backend and writes its profile.",
            "Nothing else should run on the machine meanwhile. study, predict, run and plan take the profile with"
                    + " --profile."
        })
final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private final CalibrationOptions calibration = new CalibrationOptions();

    @Option(names = "--out", paramLabel = "FILE.json", required = true, description = "where the profile goes")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    CalibrateCommand() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter screen = spec.commandLine().getOut();
        AtomicFiles.prepare(out);
        Calibration found;
        try (Backend open = Kneepoint.create().backends().open(calibration.backend, calibration.options)) {
            found = calibration
                    .output()
                    .withProgress("calibrate", spec.commandLine().getErr(), p -> calibration.calibrate(open, p));
        }
        AtomicFiles.write(out, found.machine()::write);
        ResidualTable.print(found, screen);
        screen.println("profile written to " + out);
        screen.flush();
        return 0;
    }
}
