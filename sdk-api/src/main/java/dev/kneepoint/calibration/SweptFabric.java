package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.BytesPerSecond;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What sweeps say of the links of a machine. */
final class SweptFabric {
    /** No collective of plans, so that only alpha and beta come of it. */
    static final TransferKind MESSAGES = TransferKind.SEND_RECEIVE;

    private SweptFabric() {}

    static GroupShape shape(Sweep sweep) {
        return new GroupShape(sweep.ranks(), sweep.nodes());
    }

    /** All rows that were measured, as plans call them: all-reduce in place, the others out of place. */
    static List<SweptCollective> rows(MachineProfile machine, List<Sweep> sweeps) {
        if (sweeps.isEmpty()) {
            throw new IllegalArgumentException("a fabric is fitted to at least one sweep");
        }
        List<SweptCollective> out = new ArrayList<>();
        for (Sweep sweep : sweeps) {
            check(machine.cluster(), sweep);
            for (SweepRow row : sweep.rows()) {
                row.kind()
                        .collective()
                        .ifPresent(kind -> seconds(sweep, row)
                                .ifPresent(seconds -> out.add(new SweptCollective(
                                        kind,
                                        row.bytes(),
                                        shape(sweep),
                                        domains(machine.cluster(), sweep),
                                        seconds,
                                        machine.cluster().accelerator().architecture(),
                                        machine.cluster().fabric()))));
            }
        }
        return out;
    }

    /** Messages between neighbours. */
    static List<GroupFit.Point> messages(Sweep sweep) {
        List<GroupFit.Point> out = new ArrayList<>();
        for (SweepRow row : sweep.rows(MESSAGES)) {
            seconds(sweep, row).ifPresent(seconds -> out.add(new GroupFit.Point(row.bytes(), seconds)));
        }
        return out;
    }

    private static OptionalDouble seconds(Sweep sweep, SweepRow row) {
        boolean inPlace = row.kind() == TransferKind.ALL_REDUCE;
        Optional<TransferTiming.Measured> first = measured(inPlace ? row.inPlace() : row.outOfPlace());
        Optional<TransferTiming.Measured> found = first.or(() -> measured(inPlace ? row.outOfPlace() : row.inPlace())
                .filter(m -> row.kind().definedInPlace()));
        found.map(TransferTiming.Measured::wrong)
                .filter(w -> w.orElse(0) > 0)
                .map(OptionalLong::getAsLong)
                .ifPresent(wrong -> {
                    throw new IllegalArgumentException("the sweep of backend " + sweep.backend() + " over "
                            + shape(sweep) + " has " + wrong + " wrong elements in "
                            + row.kind().label() + " of " + new Bytes(row.bytes())
                            + "; times of wrong results are not fitted");
                });
        return found.map(m -> OptionalDouble.of(m.seconds())).orElse(OptionalDouble.empty());
    }

    private static Optional<TransferTiming.Measured> measured(TransferTiming timing) {
        return switch (timing) {
            case TransferTiming.Measured m -> Optional.of(m);
            case TransferTiming.Refused r -> Optional.empty();
        };
    }

    private static void check(Cluster cluster, Sweep sweep) {
        if (sweep.ranks() < 2) {
            throw new IllegalArgumentException("the sweep of backend " + sweep.backend()
                    + " has one rank, which sends nothing to anybody; two and more tell something of links");
        }
        if (shape(sweep).ranksPerNode() > cluster.node().devices()) {
            throw new IllegalArgumentException("the sweep of backend " + sweep.backend() + " has "
                    + shape(sweep).ranksPerNode() + " ranks on a node, cluster " + cluster.name() + " has "
                    + cluster.node().devices() + " devices on one");
        }
    }

    /** Scale-up domains of a group: a node each, or several nodes of a rack, or one of several in a node. */
    static int domains(Cluster cluster, Sweep sweep) {
        int domain = cluster.fabric().scaleUpDomain();
        int nodesPerDomain = Math.max(1, domain / cluster.node().devices());
        int perNode = Math.ceilDiv(shape(sweep).ranksPerNode(), domain);
        return Math.ceilDiv(sweep.nodes(), nodesPerDomain) * perNode;
    }

    /** The machine with the best measured rates for those of its data sheet, and nodes as the sweeps show them. */
    static MachineProfile nominal(MachineProfile base, List<Sweep> sweeps) {
        Cluster c = base.cluster();
        int fullest =
                sweeps.stream().mapToInt(s -> shape(s).ranksPerNode()).max().orElse(1);
        boolean several = sweeps.stream().anyMatch(s -> s.nodes() > 1);
        int devices =
                several || fullest > c.node().devices() ? fullest : c.node().devices();
        Fabric f = c.fabric();
        Fabric measured = new Fabric(
                several ? devices : Math.max(devices, f.scaleUpDomain()),
                best(sweeps, false).map(BytesPerSecond::new).orElse(f.scaleUpBandwidth()),
                f.network(),
                best(sweeps, true).map(BytesPerSecond::new).orElse(f.networkBandwidthPerDevice()),
                1);
        Node node = new Node(c.accelerator(), devices, c.node().overhead());
        Cluster cluster = new Cluster(c.name(), node, measured, c.pricePerDeviceHour(), c.priceNote(), c.maxDevices());
        return new MachineProfile(cluster, base.hardware(), base.stack(), base.precision(), base.origin());
    }

    /** Best bus bandwidth on one node, or over several by the ranks of a node that share it; bytes per second. */
    private static Optional<Double> best(List<Sweep> sweeps, boolean across) {
        return sweeps.stream()
                .filter(s -> across == s.nodes() > 1)
                .flatMap(s -> s.rows().stream()
                        .filter(r -> r.kind().collective().isPresent() && s.ranks() > 1)
                        .flatMap(r -> seconds(s, r).stream()
                                .mapToObj(t -> r.bytes()
                                        * r.kind().busFactor(s.ranks())
                                        / t
                                        / (across ? shape(s).ranksPerNode() : 1))))
                .max(Double::compare);
    }
}
