package dev.kneepoint.samples.cli;

import dev.kneepoint.spi.ExecutionCancelledException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Entry point of the command line. Exit codes: 0 fine, 1 the job failed, 2 wrong use, 130 interrupted. */
@Command(
        name = "kneepoint",
        description = "Says at which number of devices more hardware stops paying, and which parallelism strategy moves"
                + " that point.",
        subcommands = {
            StudyCommand.class,
            SearchCommand.class,
            BackendsCommand.class,
            ModelsCommand.class,
            ClustersCommand.class,
            PlanCommand.class,
            RunCommand.class,
            PredictCommand.class,
            SweepCommand.class,
            CalibrateCommand.class,
            SelfCheckCommand.class,
            ValidateCommand.class,
            MicrobenchmarkCommand.class,
            FitProfilesCommand.class,
            CheckCommand.class,
            HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class)
public final class KneepointCli implements Runnable {
    private static final int FAILED = 1;
    private static final int WRONG_USE = 2;
    private static final int INTERRUPTED = 130;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    KneepointCli() {}

    /**
     * Runs the command line and exits with its code.
     *
     * @param args the arguments; none means the default study
     */
    public static void main(String[] args) {
        Interrupts.install();
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(args, out, err);
        Interrupts.finished();
        System.exit(code);
    }

    /** Runs with streams of the caller's, for tests. */
    static int run(String[] args, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new KneepointCli())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(KneepointCli::explain);
        int code = line.execute(withCommand(args));
        out.flush();
        err.flush();
        return code == 0 && out.checkError() ? FAILED : code;
    }

    /** Options without a command are those of the default study. */
    private static String[] withCommand(String[] args) {
        boolean own = args.length > 0
                && (!args[0].startsWith("-")
                        || List.of("-h", "--help", "-V", "--version").contains(args[0]));
        return own ? args : Stream.concat(Stream.of("study"), Stream.of(args)).toArray(String[]::new);
    }

    static int explain(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        PrintWriter err = line.getErr();
        return switch (e) {
            case CommandLine.ParameterException p -> {
                err.println("kneepoint: " + p.getMessage());
                yield WRONG_USE;
            }
            case ExecutionCancelledException c -> {
                err.println("kneepoint: interrupted");
                yield INTERRUPTED;
            }
            case IllegalArgumentException i -> {
                err.println("kneepoint: " + i.getMessage());
                yield WRONG_USE;
            }
            case IOException io -> {
                err.println("kneepoint: " + io.getMessage());
                yield FAILED;
            }
            case UncheckedIOException io -> {
                err.println("kneepoint: " + io.getMessage());
                yield FAILED;
            }
            case dev.kneepoint.spi.BackendException b -> {
                err.println("kneepoint: " + b.getMessage());
                yield FAILED;
            }
            default -> {
                err.println("kneepoint: internal error, please report it: " + e);
                e.printStackTrace(err);
                yield FAILED;
            }
        };
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "name a command, or none for the default study; `kneepoint --help` lists them");
    }
}
