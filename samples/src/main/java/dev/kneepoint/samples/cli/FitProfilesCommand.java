package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.FittedProfiles;
import dev.kneepoint.calibration.Measurement;
import dev.kneepoint.calibration.Measurements;
import dev.kneepoint.calibration.Predictor;
import dev.kneepoint.calibration.ProfileCalibration;
import dev.kneepoint.calibration.ValidatedRange;
import dev.kneepoint.calibration.Validation;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.samples.validation.FitPages;
import dev.kneepoint.samples.validation.HeldOutStudy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint fit-profiles}. */
@Command(
        name = "fit-profiles",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description =
                "Fits the constants of devices, networks and software stacks to measured runs, from what was known"
                        + " before; the shipped profiles come from here.")
final class FitProfilesCommand implements Callable<Integer> {
    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--data", paramLabel = "FILE.csv", required = true, description = "the measurements")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(
            names = "--leave-out",
            paramLabel = "TEXT",
            description = "fits without the sources that contain the text; judge them by validate --profiles")
    private @Nullable String leaveOut;

    @Option(names = "--out", paramLabel = "DIR", description = "writes the fitted profiles there")
    private @Nullable Path out;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description =
                    "writes constants.md, uncertainty.json and residuals.csv there, and with --held-out held-out.md and"
                            + " validated-range.json")
    private @Nullable Path report;

    @Option(
            names = "--held-out",
            description = "also leaves out one family of sources after the other, folds of groups and of rows, and"
                    + " calibrates on five runs of a family that was left out (minutes)")
    private boolean heldOut;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    FitProfilesCommand() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter screen = spec.commandLine().getOut();
        List<Measurement> rows = Measurements.read(data).stream()
                .filter(m -> leaveOut == null || !m.source().contains(leaveOut))
                .toList();
        ProfileCalibration calibration = ProfileCalibration.of(rows);
        FittedProfiles fitted = calibration.fit(Interrupts.token());
        if (out != null) {
            writeProfiles(new ProfileFolder(out), fitted.profiles());
        }
        ValidationResult result = Validation.run(
                data,
                Optional.empty(),
                Predictor.closedForm(fitted.profiles(), ValidatedRange.shipped()),
                (done, total, what) -> {},
                Interrupts.token());
        FitPages pages = new FitPages(calibration.rows(), fitted, result);
        pages.print(screen);
        Optional<HeldOutStudy> study = heldOut ? Optional.of(study(calibration, result)) : Optional.empty();
        study.ifPresent(s -> s.print(screen));
        if (report != null) {
            pages.write(report);
            if (study.isPresent()) {
                study.get().write(report);
            }
        }
        screen.flush();
        return 0;
    }

    private HeldOutStudy study(ProfileCalibration calibration, ValidationResult result) throws Exception {
        return output.withProgress(
                "held out",
                spec.commandLine().getErr(),
                progress -> HeldOutStudy.run(calibration, result, progress, Interrupts.token()));
    }

    private static void writeProfiles(ProfileFolder folder, ProfileSet profiles) throws IOException {
        for (DeviceProfile device : profiles.devices().values()) {
            folder.write(device);
        }
        for (NetworkProfile network : profiles.networks().values()) {
            folder.write(network);
        }
        for (SoftwareStack stack : profiles.stacks().values()) {
            folder.write(stack);
        }
    }
}
