package dev.kneepoint.samples.cli;

import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kneepoint models}. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Lists the models of the catalog.")
final class ModelsCommand implements Callable<Integer> {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    ModelsCommand() {}

    @Override
    public Integer call() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "name", "parameters", "active", "layers", "hidden", "heads", "kv", "ffn", "vocabulary", "experts"));
        for (TransformerModel m : ModelCatalog.all().values()) {
            rows.add(List.of(
                    m.name(),
                    billions(ModelCounts.parameters(m)),
                    billions(ModelCounts.activeMatmulWeights(m)),
                    String.valueOf(m.layers()),
                    String.valueOf(m.hidden()),
                    String.valueOf(m.heads()),
                    String.valueOf(m.kvHeads()),
                    String.valueOf(m.mixture().map(x -> x.expertFfnHidden()).orElse(m.ffnHidden())),
                    String.valueOf(m.vocabulary()),
                    m.mixture().map(x -> x.experts() + ", top " + x.topK()).orElse("-")));
        }
        StudyTable.table("", rows, spec.commandLine().getOut());
        return 0;
    }

    private static String billions(double count) {
        return String.format(Locale.ROOT, count < 1e9 ? "%.3fB" : "%.2fB", count / 1e9);
    }
}
