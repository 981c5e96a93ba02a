package dev.kneepoint.samples.cli;

import com.google.common.base.Throwables;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.spi.Backend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a command prints and writes. In a run of several processes all call this alike; the one that leads prints and writes,
 * the others keep silent and fail where it does. Thread-confined; works as long as its backend is open.
 */
final class LeaderOutput {
    private final Backend open;
    private final PrintWriter out;
    private final PrintWriter err;

    private LeaderOutput(Backend open, PrintWriter out, PrintWriter err) {
        this.open = open;
        this.out = out;
        this.err = err;
    }

    static LeaderOutput of(Backend open, CommandSpec spec) {
        return open.leads()
                ? new LeaderOutput(
                        open, spec.commandLine().getOut(), spec.commandLine().getErr())
                : new LeaderOutput(open, new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()));
    }

    /** Where results go. */
    PrintWriter out() {
        return out;
    }

    /** A job whose progress is told, unless that is not wanted. */
    <T> T withProgress(String title, boolean quiet, OutputOptions.Job<T> job) throws Exception {
        OutputOptions progress = new OutputOptions();
        progress.quiet = quiet || !open.leads();
        return progress.withProgress(title, err, job);
    }

    /** As {@link AtomicFiles#prepare}. */
    void prepare(Path file) throws IOException {
        byTheLeader(file, () -> AtomicFiles.prepare(file));
    }

    /** As {@link AtomicFiles#write}. */
    void write(Path file, AtomicFiles.Content content) throws IOException {
        byTheLeader(file, () -> AtomicFiles.write(file, content));
    }

    private interface FileWork {
        void run() throws IOException;
    }

    private void byTheLeader(Path file, FileWork work) throws IOException {
        Optional<Exception> failure = open.leads() ? tried(work) : Optional.empty();
        boolean done = open.decide(failure.isEmpty());
        if (failure.isPresent()) {
            Throwables.throwIfUnchecked(failure.get());
            throw (IOException) failure.get();
        }
        if (!done) {
            throw new IOException("the process that leads cannot write " + file + ", and says why");
        }
    }

    /** Whatever goes wrong here, the others wait to hear how it went. */
    private static Optional<Exception> tried(FileWork work) {
        try {
            work.run();
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of(e);
        }
    }
}
