package dev.kneepoint.samples.cli;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.BackendRegistry;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kneepoint backends}. */
@Command(
        name = "backends",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Lists every backend found: available, or why not and what to install.")
final class BackendsCommand implements Callable<Integer> {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    BackendsCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (BackendRegistry.Found f :
                BackendRegistry.discover(BackendsCommand.class.getClassLoader()).all()) {
            switch (f.availability()) {
                case Availability.Ready ready -> {
                    out.println(f.id() + ": available; " + f.description());
                    ready.devices().forEach(d -> out.println("    runs on: " + d));
                }
                case Availability.Missing missing -> {
                    out.println(f.id() + ": not available; " + f.description());
                    out.println("    missing: " + missing.reason());
                    out.println("    remedy: " + missing.remedy());
                }
            }
        }
        return 0;
    }
}
