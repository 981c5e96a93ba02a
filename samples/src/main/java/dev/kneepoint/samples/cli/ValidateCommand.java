package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.Predictor;
import dev.kneepoint.calibration.ValidatedRange;
import dev.kneepoint.calibration.Validation;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.samples.validation.ValidationReport;
import dev.kneepoint.spi.ProgressListener;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kneepoint validate}. */
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Predicts published measurements and says, source by source, how far off the simulator is.")
final class ValidateCommand implements Callable<Integer> {
    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--data", paramLabel = "FILE.csv", required = true, description = "the measurements")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(names = "--source", paramLabel = "TEXT", description = "only rows whose source contains the text")
    private @Nullable String source;

    @Option(names = "--out", paramLabel = "FILE.json", description = "writes every row as kneepoint.validation/1")
    private @Nullable Path out;

    @Option(names = "--ranking", description = "also says how well predictions rank the layouts of each sweep")
    private boolean ranking;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "writes pages and pictures there; index.md is the first page")
    private @Nullable Path report;

    @Option(
            names = "--range-out",
            paramLabel = "FILE.json",
            description = "writes the validated range that these rows make, as the library ships it")
    private @Nullable Path rangeOut;

    @Option(
            names = "--fit-up-to",
            paramLabel = "N",
            description = "calibrates each family of sources on its measured runs of at most N devices")
    private @Nullable Integer fitUpTo;

    @Option(
            names = "--profiles",
            paramLabel = "DIR",
            description = "predicts with the profiles of this folder, as fit-profiles writes them")
    private @Nullable Path profiles;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    ValidateCommand() {}

    @Override
    public Integer call() throws Exception {
        ValidationResult result =
                output.withProgress("validate", spec.commandLine().getErr(), this::validate);
        if (out != null) {
            AtomicFiles.write(out, result::writeJson);
        }
        if (rangeOut != null) {
            ValidatedRange range = ValidatedRange.inSample(result.residuals());
            AtomicFiles.write(rangeOut, range::writeJson);
        }
        if (report != null) {
            ValidationReport.write(result, report);
        }
        PrintWriter to = spec.commandLine().getOut();
        ValidationTable.print(result, to);
        if (ranking) {
            ValidationTable.ranking(result, to);
        }
        return 0;
    }

    private ValidationResult validate(ProgressListener progress) {
        Optional<String> only = Optional.ofNullable(source);
        ProfileSet set = profiles == null ? ProfileCatalog.shipped() : ProfileCatalog.read(profiles);
        return fitUpTo == null
                ? Validation.run(
                        data, only, Predictor.closedForm(set, ValidatedRange.shipped()), progress, Interrupts.token())
                : Validation.runCalibrated(data, only, set, fitUpTo, progress, Interrupts.token());
    }
}
