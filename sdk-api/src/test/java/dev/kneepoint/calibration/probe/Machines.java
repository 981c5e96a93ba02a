package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.CoreCurve;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.ProductCurve;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.profile.StreamCurve;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Machines whose truth is known: the simulator runs on it. */
final class Machines {
    private Machines() {}

    static MachineProfile shipped() {
        return MachineProfile.assumed(
                ClusterCatalog.get("local-cpu"), ProfileCatalog.stack("cpu-threads"), Precision.FP32);
    }

    /** A device whose kinds differ in every constant that a probe can see. */
    static MachineProfile odd() {
        SortedMap<String, StreamCurve> memory = new TreeMap<>();
        List<String> kinds =
                List.of("norm", "rotary", "activation", "routing", "cast", "scores", "embedding", "loss", "optimizer");
        for (int i = 0; i < kinds.size(); i++) {
            memory.put(kinds.get(i), new StreamCurve(0.3 + 0.2 * i, 2.0 + i, 1.0 + 0.3 * i, 0.3, 0.05 * i, 0.4));
        }
        SortedMap<String, StreamCurve> transfers = new TreeMap<>();
        List<String> labels = List.of(
                "all-reduce",
                "all-gather",
                "reduce-scatter",
                "all-to-all",
                "broadcast",
                "state/all-reduce",
                "state/all-gather",
                "state/reduce-scatter",
                "send");
        for (int i = 0; i < labels.size(); i++) {
            transfers.put(labels.get(i), new StreamCurve(8 + 3 * i, 3.0 + 0.5 * i, 1.5 + 0.2 * i, 0.5, 0, 0));
        }
        ProbedTimes times = new ProbedTimes(
                0,
                0,
                0,
                Optional.of(new ProductCurve(0.8, 20, 4, 16, 6, 3, 2, 0.1)),
                Optional.of(new CoreCurve(1, 30, 1, 3, 8, 0.05)),
                Optional.of(new CoreCurve(2, 60, 2, 5, 6, 0.15)),
                memory,
                transfers);
        MachineProfile base = shipped();
        DeviceProfile device = base.hardware()
                .device()
                .withProbed(times)
                .with("computeContention", 0.3)
                .with("collectiveContention", 0.4)
                .with("spread", 0.02);
        SoftwareStack stack = base.stack()
                .with("fixedMillis", 0.05)
                .with("overlap.pipelineExposure", 0.6)
                .with("overlap.shardExposure", 0.25)
                .with("kernels.unfusedPasses", 1.0)
                .with("communication.tensorOverheadMicros", 0.0)
                .with("communication.collectiveLaunchMicros", 0.0);
        return new MachineProfile(
                base.cluster(),
                new HardwareProfile(device, base.hardware().network()),
                stack,
                base.precision(),
                ImmutableSortedMap.of("backend", "sim", "note", "made up"));
    }

    static Backend open(String backend, Map<String, String> options) {
        return BackendRegistry.discover(Machines.class.getClassLoader()).open(backend, options);
    }
}
