package dev.kneepoint.samples.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** {@code kneepoint check} alone, for the check kit, which carries no charts and no desktop classes. */
public final class CheckMain {
    private CheckMain() {}

    /**
     * Checks and exits with the command's code.
     *
     * @param args as of {@code kneepoint check}
     */
    public static void main(String[] args) {
        Interrupts.install();
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        CheckCommand check = new CheckCommand();
        int code = new CommandLine(check)
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler(KneepointCli::explain)
                .execute(args);
        out.flush();
        err.flush();
        Interrupts.finished();
        if (check.hangs()) {
            // Whatever hangs would hold up the hooks of an orderly end too.
            Runtime.getRuntime().halt(code);
        }
        System.exit(code);
    }
}
