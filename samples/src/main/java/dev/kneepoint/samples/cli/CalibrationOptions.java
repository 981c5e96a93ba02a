package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.CalibrationRequest;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.workload.Precision;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that say what is calibrated and how. */
final class CalibrationOptions {
    @Option(names = "--backend", paramLabel = "NAME", description = "`kneepoint backends` lists them")
    String backend = "";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "a backend's own option; repeatable")
    Map<String, String> options = Map.of();

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "2",
            description = "ranks that the largest probe uses (default: ${DEFAULT-VALUE})")
    int devices = 2;

    @Option(
            names = "--time",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "how long the probes may run (default: ${DEFAULT-VALUE})")
    int time = 120;

    @Option(
            names = "--cluster",
            paramLabel = "NAME|FILE.json",
            description = "data sheet of this machine; without it the best rates measured count as peaks")
    @Nullable
    String cluster;

    @Option(
            names = "--stack",
            paramLabel = "NAME|FILE.json",
            defaultValue = "cpu-threads",
            description = "what is sent and kept, which no probe can see (default: ${DEFAULT-VALUE})")
    String stack = "cpu-threads";

    @Option(
            names = "--precision",
            paramLabel = "bf16|fp16|fp32|fp8",
            defaultValue = "fp32",
            description = "format of the matrix products (default: ${DEFAULT-VALUE})")
    String precision = "fp32";

    @Option(names = "--quiet", description = "no progress on stderr")
    boolean quiet;

    /** What stands for the machine where no data sheet was given. */
    String stranger = "local-cpu";

    CalibrationOptions() {}

    /** Says that a backend is needed where none is named. */
    void requireBackend(CommandLine.Model.CommandSpec spec, String otherwise) {
        if (backend.isEmpty()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--backend is needed; `kneepoint backends` lists them" + otherwise);
        }
    }

    /** What is known before any probe. */
    MachineProfile base() {
        return MachineProfile.assumed(
                ClusterCatalog.resolve(cluster == null ? stranger : cluster),
                ProfileCatalog.resolveStack(stack),
                Precision.parse(precision));
    }

    Calibration calibrate(Backend open, ProgressListener progress) {
        return calibrate(open, Duration.ofSeconds(time), progress, Interrupts.token());
    }

    /** Within another time, for who has not as much. */
    Calibration calibrate(Backend open, Duration within, ProgressListener progress, CancellationToken cancellation) {
        return Calibration.run(
                open, new CalibrationRequest(base(), cluster != null, devices, within, progress, cancellation));
    }

    OutputOptions output() {
        OutputOptions out = new OutputOptions();
        out.quiet = quiet;
        return out;
    }
}
