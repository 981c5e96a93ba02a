package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.CollectiveSample;
import dev.kneepoint.calibration.FittedConstant;
import dev.kneepoint.calibration.GemmSample;
import dev.kneepoint.calibration.MicrobenchmarkFit;
import dev.kneepoint.calibration.MicrobenchmarkProfiles;
import dev.kneepoint.calibration.Microbenchmarks;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.report.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kneepoint fit-microbenchmarks}. */
@Command(
        name = "fit-microbenchmarks",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Says how far the profiles are off measured matrix products, attention cores and collectives, and"
                + " fits their constants on them.")
final class MicrobenchmarkCommand implements Callable<Integer> {
    @Option(names = "--gemm", paramLabel = "FILE.csv", required = true, description = "measured products and attention")
    @SuppressWarnings("NullAway.Init")
    private Path gemm;

    @Option(names = "--collectives", paramLabel = "FILE.csv", required = true, description = "measured collectives")
    @SuppressWarnings("NullAway.Init")
    private Path collectives;

    @Option(names = "--fit", description = "fits the constants; without it, the profiles are only judged")
    private boolean fit;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "writes microbenchmarks.md, and with --fit the fitted profiles as JSON")
    private @Nullable Path out;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    MicrobenchmarkCommand() {}

    @Override
    public Integer call() throws Exception {
        List<GemmSample> products = GemmSample.read(gemm);
        List<CollectiveSample> exchanges = CollectiveSample.read(collectives);
        MicrobenchmarkProfiles profiles = MicrobenchmarkProfiles.shipped();
        List<FittedConstant> constants = List.of();
        if (fit) {
            MicrobenchmarkFit fitted = MicrobenchmarkFit.of(products, exchanges, profiles);
            profiles = fitted.profiles();
            constants = fitted.constants();
        }
        MicrobenchmarkReport report = new MicrobenchmarkReport(
                Microbenchmarks.products(products, profiles),
                Microbenchmarks.collectives(exchanges, profiles),
                constants);
        if (out != null) {
            AtomicFiles.write(out.resolve("microbenchmarks.md"), report::writeTo);
            if (fit) {
                writeProfiles(out, profiles);
            }
        }
        PrintWriter screen = spec.commandLine().getOut();
        report.writeTo(screen);
        screen.flush();
        return 0;
    }

    private static void writeProfiles(Path out, MicrobenchmarkProfiles profiles) throws IOException {
        ProfileFolder folder = new ProfileFolder(out);
        for (DeviceProfile device : profiles.devices().values()) {
            folder.write(device);
        }
        for (NetworkProfile network : profiles.networks().values()) {
            folder.write(network);
        }
        AtomicFiles.write(out.resolve("tools.json"), profiles::writeTools);
    }
}
