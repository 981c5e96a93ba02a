package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.GroupTime;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.NetworkProfile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fits the fabric part of a profile to sweeps: for every collective and shape of group its alpha and beta
 * ({@link HardwareProfile#groups}), and over all of them the constants of the links inside a scale-up domain
 * ({@code device.scale_up}) and between domains ({@code network}), by bounded robust least squares of log(predicted/measured).
 * Deterministic. Immutable.
 *
 * @param machine the profile
 * @param constants every fitted constant with its value before
 * @param residuals every row beside what the profile says of it, grouped by collective and shape
 * @since 0.2
 */
@Incubating
public record FabricCalibration(
        MachineProfile machine, List<FittedConstant> constants, MicrobenchmarkResult residuals) {
    /** Rings determine what exchanges and trees start from. */
    private static final int ROUNDS = 2;

    /** Copies the list. */
    public FabricCalibration {
        constants = ImmutableList.copyOf(constants);
    }

    /**
     * Fits.
     *
     * @param base what is known of the machine before
     * @param dataSheet whether the base's links have the rates of this machine's data sheet, of which what was measured is a
     *     share; if not, the best rates that were measured take their place, and hosts have as many devices as the sweeps show
     * @param sweeps at least one, of two and more ranks; several shapes of group tell latency per hop from latency per call
     * @return the profile with its residuals
     * @throws IllegalArgumentException if a sweep has wrong elements or too few sizes, or does not go with the base
     */
    public static FabricCalibration of(MachineProfile base, boolean dataSheet, List<Sweep> sweeps) {
        MachineProfile nominal = dataSheet ? base : SweptFabric.nominal(base, sweeps);
        List<SweptCollective> rows = SweptFabric.rows(nominal, sweeps);
        List<GroupTime> groups = groups(rows, sweeps);
        String architecture = nominal.cluster().accelerator().architecture();
        String network = nominal.cluster().fabric().network().label();
        MicrobenchmarkProfiles start = new MicrobenchmarkProfiles(
                ImmutableSortedMap.of(architecture, nominal.hardware().device()),
                ImmutableSortedMap.of(network, nominal.hardware().network()),
                ImmutableSortedMap.of());
        List<FitBlock> blocks = FabricBlocks.of(architecture, network, start, rows);
        List<MicrobenchmarkCase> cases = List.copyOf(rows);
        RowWeights weights = new RowWeights(cases);
        MicrobenchmarkProfiles now = start;
        for (int round = 0; round < ROUNDS; round++) {
            for (FitBlock block : blocks) {
                now = block.fit(now, cases, weights);
            }
        }
        MicrobenchmarkProfiles end = now;
        DeviceProfile device = MicrobenchmarkCase.require(end.devices().get(architecture), architecture);
        NetworkProfile net = MicrobenchmarkCase.require(end.networks().get(network), network);
        return new FabricCalibration(
                new MachineProfile(
                        nominal.cluster(),
                        new HardwareProfile(device, net, groups),
                        nominal.stack(),
                        nominal.precision(),
                        origin(nominal, sweeps)),
                blocks.stream()
                        .flatMap(b -> b.changes(start, end, cases).stream())
                        .toList(),
                new MicrobenchmarkResult(rows.stream()
                        .map(r -> new MicrobenchmarkRow(
                                r.group(), r.label(), r.seconds(), Optional.of(r.predict(end)), Optional.empty()))
                        .toList()));
    }

    private static List<GroupTime> groups(List<SweptCollective> rows, List<Sweep> sweeps) {
        record Key(String collective, GroupShape shape) {}
        Map<Key, List<GroupFit.Point>> points = new LinkedHashMap<>();
        rows.forEach(r -> points.computeIfAbsent(new Key(r.kind().label(), r.shape()), k -> new ArrayList<>())
                .add(new GroupFit.Point(r.busBytes(), r.seconds())));
        sweeps.forEach(s -> SweptFabric.messages(s)
                .forEach(p -> points.computeIfAbsent(
                                new Key(SweptFabric.MESSAGES.label(), SweptFabric.shape(s)), k -> new ArrayList<>())
                        .add(p)));
        List<GroupTime> out = new ArrayList<>();
        points.forEach((key, of) -> {
            if (of.stream().mapToDouble(GroupFit.Point::busBytes).distinct().count() > 1) {
                out.add(GroupFit.of(key.collective(), key.shape(), of));
            }
        });
        if (out.isEmpty()) {
            throw new IllegalArgumentException(
                    "no collective of the sweeps has two sizes, without which start and rate cannot be told apart");
        }
        return out;
    }

    private static SortedMap<String, String> origin(MachineProfile machine, List<Sweep> sweeps) {
        SortedMap<String, String> out = new TreeMap<>(machine.origin());
        out.put(
                "sweeps",
                String.join(
                        "; ",
                        sweeps.stream()
                                .map(s -> s.backend() + ", " + SweptFabric.shape(s))
                                .toList()));
        return out;
    }
}
