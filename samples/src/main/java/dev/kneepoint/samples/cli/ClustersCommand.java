package dev.kneepoint.samples.cli;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.workload.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kneepoint clusters}. */
@Command(
        name = "clusters",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        description = "Lists the clusters of the catalog.")
final class ClustersCommand implements Callable<Integer> {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    ClustersCommand() {}

    @Override
    public Integer call() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "name",
                "device",
                "memory",
                "16-bit peak",
                "per node",
                "domain",
                "scale-up",
                "network per node",
                "kind",
                "USD/device-hour"));
        for (Cluster c : ClusterCatalog.all().values()) {
            double node =
                    c.fabric().networkBandwidthPerDevice().value() * c.node().devices();
            rows.add(List.of(
                    c.name(),
                    c.accelerator().name(),
                    c.accelerator().memory().toString(),
                    c.accelerator().peak(Precision.FP16).map(Object::toString).orElse("-"),
                    String.valueOf(c.node().devices()),
                    String.valueOf(c.fabric().scaleUpDomain()),
                    c.fabric().scaleUpBandwidth().toString(),
                    new BytesPerSecond(node).toString(),
                    c.fabric().network().label(),
                    String.format(Locale.ROOT, "%.2f", c.pricePerDeviceHour())));
        }
        StudyTable.table("", rows, spec.commandLine().getOut());
        return 0;
    }
}
