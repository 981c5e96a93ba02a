package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.FabricCalibration;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.spi.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
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
            "Measures a machine through a backend, or takes sweeps of its collectives, or both, and writes its profile.",
            "Nothing else should run on the machine meanwhile. study, predict, run and plan take the profile with"
                    + " --profile."
        })
final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private final CalibrationOptions calibration = new CalibrationOptions();

    @Option(
            names = "--sweep",
            split = ",",
            paramLabel = "FILE.json",
            description =
                    "what `kneepoint sweep --out` wrote: links and network are fitted to it; several shapes of group"
                            + " are several files; without --backend nothing else is measured")
    private List<Path> sweeps = List.of();

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
        if (sweeps.isEmpty()) {
            calibration.requireBackend(spec, ", or --sweep with what `kneepoint sweep --out` wrote");
        }
        List<Sweep> read = sweeps.stream().map(Sweep::read).toList();
        if (!calibration.backend.isEmpty()) {
            try (Backend open = Kneepoint.create().backends().open(calibration.backend, calibration.options)) {
                return on(open, read);
            }
        }
        AtomicFiles.prepare(out);
        MachineProfile machine = swept(calibration.base(), read, screen);
        AtomicFiles.write(out, machine::write);
        written(screen);
        return 0;
    }

    int on(Backend open, List<Sweep> read) throws Exception {
        LeaderOutput output = LeaderOutput.of(open, spec);
        output.prepare(out);
        Calibration found = output.withProgress("calibrate", calibration.quiet, p -> calibration.calibrate(open, p));
        ResidualTable.print(found, output.out());
        MachineProfile machine = swept(found.machine(), read, output.out());
        output.write(out, machine::write);
        written(output.out());
        return 0;
    }

    private MachineProfile swept(MachineProfile machine, List<Sweep> read, PrintWriter screen) {
        if (read.isEmpty()) {
            return machine;
        }
        FabricCalibration fabric = FabricCalibration.of(machine, calibration.cluster != null, read);
        FabricTable.print(fabric, screen);
        return fabric.machine();
    }

    private void written(PrintWriter screen) {
        screen.println("profile written to " + out);
        screen.flush();
    }
}
