package dev.kneepoint.samples.cli;

import dev.kneepoint.spi.ProgressListener;
import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import picocli.CommandLine.Option;

/** The options that say how to print. */
final class OutputOptions {
    /** How results are printed. */
    enum Format {
        /** A table for people. */
        TABLE,
        /** Our JSON. */
        JSON,
        /** Comma-separated values. */
        CSV
    }

    @Option(
            names = "--format",
            paramLabel = "table|json|csv",
            defaultValue = "table",
            description = "what to print on stdout (default: ${DEFAULT-VALUE})")
    Format format = Format.TABLE;

    @Option(names = "--quiet", description = "no progress on stderr")
    boolean quiet;

    OutputOptions() {}

    /** Work with a bar on a terminal, lines otherwise, or nothing. */
    interface Job<T> {
        T run(ProgressListener progress) throws Exception;
    }

    <T> T withProgress(String title, PrintWriter err, Job<T> job) throws Exception {
        if (quiet) {
            return job.run(ProgressListener.none());
        }
        boolean terminal = hasTerminal();
        if (!terminal) {
            return job.run(lines(title, err));
        }
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(title)
                .setInitialMax(1)
                .clearDisplayOnFinish()
                .build()) {
            return job.run((done, total, what) -> {
                bar.maxHint(total);
                bar.stepTo(done);
            });
        }
    }

    /** Without a console there is none; some Java versions say so with null, others with a console that is no terminal. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean hasTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** A line each time another tenth is done. */
    private static ProgressListener lines(String title, PrintWriter err) {
        return (done, total, what) -> {
            if (done == total || done * 10L / total > (done - 1) * 10L / total) {
                err.println(title + ": " + done + "/" + total + " (" + what + ")");
            }
        };
    }
}
