package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.plan.Op;
import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.CoreCurve;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.GemmCurve;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.ProductCurve;
import dev.kneepoint.profile.StreamCurve;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.FlopsPerSecond;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Fits the times of single ops. Where the profile has two forms for a kernel, tiles and waves or register blocks, one
 * curve over lengths or one per direction, the probes decide.
 */
final class MachineFit {
    /** A device's own form has the first say; the other must be clearly better. */
    private static final double CLEARLY = 0.9;

    private final CalibrationRequest request;
    private final List<ProbeSample> samples;
    private final Map<String, List<ProbeSample>> by;
    private final SortedMap<String, StreamCurve> memory = new TreeMap<>();
    private final SortedMap<String, StreamCurve> transfers = new TreeMap<>();

    private MachineFit(CalibrationRequest request, List<ProbeSample> samples) {
        this.request = request;
        this.samples = samples;
        this.by = samples.stream().collect(Collectors.groupingBy(ProbeSample::kind, TreeMap::new, Collectors.toList()));
    }

    static MachineProfile of(CalibrationRequest request, List<ProbeSample> samples) {
        return new MachineFit(request, samples).fit();
    }

    private MachineProfile fit() {
        by.forEach((kind, of) -> {
            switch (of.getFirst().op()) {
                case Op.MemoryBound m -> memory.put(kind, StreamFit.of(of));
                case Op.OptimizerStep o -> memory.put(kind, StreamFit.of(of));
                case Op.Collective c -> transfers.put(kind, StreamFit.of(of));
                case Op.SendReceive t -> transfers.put(kind, StreamFit.of(of));
                case Op.Matmul m -> {}
                case Op.Attention a -> {}
            }
        });
        Cluster cluster = cluster();
        MachineProfile base = request.base();
        DeviceProfile device = device(cluster.accelerator());
        return new MachineProfile(
                cluster,
                new HardwareProfile(
                        device, base.hardware().network(), base.hardware().groups()),
                base.stack(),
                base.precision(),
                base.origin());
    }

    private List<ProbeSample> all(String kind) {
        return by.getOrDefault(kind, List.of());
    }

    private DeviceProfile device(Accelerator accelerator) {
        DeviceProfile before = request.base().hardware().device();
        List<ProbeSample> products = all(ProbeKind.PRODUCT);
        ProductCurve blocks = ProductFit.blocks(products);
        ProductFit.Tiles tiles = ProductFit.tiles(
                products, before.gemm(), accelerator, request.base().precision());
        boolean tiled = tiles.error() * CLEARLY <= ProductFit.error(blocks, products);
        CoreCurve forward = CoreFit.of(all(ProbeKind.FORWARD));
        CoreCurve backward = CoreFit.of(all(ProbeKind.BACKWARD));
        CoreFit.Lengths lengths = lengths();
        double apart =
                (CoreFit.error(forward, all(ProbeKind.FORWARD)) + CoreFit.error(backward, all(ProbeKind.BACKWARD))) / 2;
        boolean byLength = lengths.error() * CLEARLY <= apart;
        ProbedTimes times = new ProbedTimes(
                Dispatch.gapMicros(samples),
                0,
                Dispatch.issueMicros(samples),
                tiled ? Optional.empty() : Optional.of(blocks),
                byLength ? Optional.empty() : Optional.of(forward),
                byLength ? Optional.empty() : Optional.of(backward),
                memory,
                transfers);
        return changed(before, tiles.curve(), lengths.curve(), times);
    }

    private CoreFit.Lengths lengths() {
        List<ProbeSample> cores = new ArrayList<>(all(ProbeKind.FORWARD));
        cores.addAll(all(ProbeKind.BACKWARD));
        return CoreFit.lengths(cores);
    }

    /** The probes know one number format, one attention kernel, and no power. */
    private DeviceProfile changed(DeviceProfile d, GemmCurve gemm, AttentionCurve attention, ProbedTimes times) {
        return new DeviceProfile(
                d.name(),
                "probes of a calibration; power, network and 8-bit products as in '" + d.name() + "'",
                gemm,
                d.gemmQuantised(),
                ImmutableMap.of(request.base().stack().kernels().attention(), attention),
                1,
                d.memoryEfficiency(),
                d.scaleUp(),
                d.computeContention(),
                d.collectiveContention(),
                0,
                d.power(),
                Optional.of(times));
    }

    private Cluster cluster() {
        Cluster c = request.base().cluster();
        if (request.dataSheet()) {
            return c;
        }
        Accelerator a = c.accelerator();
        double streamed = samples.stream()
                .filter(s -> s.ranks() == 1 && s.op() instanceof Op.MemoryBound)
                .mapToDouble(s -> StreamFit.bytes(s) / s.seconds())
                .max()
                .orElseThrow();
        Accelerator measured = new Accelerator(
                a.name(),
                a.architecture(),
                ImmutableMap.of(
                        request.base().precision(), new FlopsPerSecond(ProductFit.rate(all(ProbeKind.PRODUCT)))),
                a.memory(),
                new BytesPerSecond(streamed),
                a.multiprocessors(),
                a.power());
        return new Cluster(
                c.name(),
                new Node(measured, c.node().devices(), c.node().overhead()),
                c.fabric(),
                c.pricePerDeviceHour(),
                c.priceNote(),
                c.maxDevices());
    }
}
