package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.CollectiveCost;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.GroupTime;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.workload.Precision;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What went into the times of a sweep comes out of the fit. */
class FabricCalibrationTest {
    private static final List<Long> SIZES = SweepRequest.byFactor(1 << 10, 1 << 30, 4);
    private static final List<TransferKind> ALL = List.of(TransferKind.values());
    private static final MachineProfile DGX =
            MachineProfile.assumed(ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"), Precision.BF16);
    private static final MachineProfile STRANGER = MachineProfile.assumed(
            ClusterCatalog.get("local-cpu"), ProfileCatalog.stack("cpu-threads"), Precision.FP32);

    @TempDir
    private Path folder;

    private static double bus(TransferKind kind, double bytes, int ranks) {
        return bytes * kind.busFactor(ranks);
    }

    /** Alpha grows with the hosts, beta is another one inside and across them. */
    private static double linear(TransferKind kind, double bytes, int ranks, int nodes) {
        return alpha(nodes) + bus(kind, bytes, ranks) / beta(nodes);
    }

    private static double alpha(int nodes) {
        return 9e-6 + 14e-6 * (nodes - 1);
    }

    private static double beta(int nodes) {
        return nodes == 1 ? 310e9 : 42e9;
    }

    @Test
    void alphaAndBetaOfEveryShape_comeBack() {
        List<Sweep> sweeps = List.of(
                Sweeps.of(1, 8, ALL, SIZES, FabricCalibrationTest::linear),
                Sweeps.of(2, 8, ALL, SIZES, FabricCalibrationTest::linear),
                Sweeps.of(4, 1, ALL, SIZES, FabricCalibrationTest::linear));
        List<GroupTime> groups =
                FabricCalibration.of(DGX, true, sweeps).machine().hardware().groups();
        assertThat(groups).hasSize(18);
        for (GroupTime g : groups) {
            assertThat(g.alphaMicros() * 1e-6).as("%s", g).isCloseTo(alpha(g.nodes()), relative(alpha(g.nodes())));
            assertThat(g.busGbS() * 1e9).as("%s", g).isCloseTo(beta(g.nodes()), relative(beta(g.nodes())));
            assertThat(g.medianError()).as("%s", g).isLessThan(0.01);
        }
        assertThat(groups).extracting(GroupTime::collective).contains("all-reduce", "send-receive");
    }

    private static org.assertj.core.data.Offset<Double> relative(double value) {
        return within(0.02 * value);
    }

    /** Each time is off by up to a tenth. */
    @Test
    void noise_movesThemByLess() {
        Random random = new Random(5);
        Sweep noisy = Sweeps.of(
                2,
                8,
                ALL,
                SIZES,
                (kind, bytes, ranks, nodes) -> linear(kind, bytes, ranks, nodes) * (0.9 + 0.2 * random.nextDouble()));
        for (GroupTime g : FabricCalibration.of(DGX, true, List.of(noisy))
                .machine()
                .hardware()
                .groups()) {
            assertThat(g.alphaMicros() * 1e-6).as("%s", g).isCloseTo(alpha(2), within(0.1 * alpha(2)));
            assertThat(g.busGbS() * 1e9).as("%s", g).isCloseTo(beta(2), within(0.1 * beta(2)));
        }
    }

    private static HardwareProfile changed(MachineProfile m, Map<String, Double> scaleUp, Map<String, Double> network) {
        return new HardwareProfile(
                RecordFields.with(
                        m.hardware().device(),
                        Map.of(
                                "scale_up",
                                RecordFields.with(m.hardware().device().scaleUp(), scaleUp))),
                RecordFields.with(m.hardware().network(), network));
    }

    private static Sweeps.Clock clock(Cluster cluster, HardwareProfile hardware) {
        CollectiveCost cost = new CollectiveCost();
        cost.set(cluster.fabric(), hardware, 1);
        return (kind, bytes, ranks, nodes) -> kind.collective()
                .map(k -> cost.seconds(k, bytes, 1, ranks, (double) ranks / nodes))
                .orElse(1e-5 + bytes / 1e10);
    }

    /** The machine's constants are none of the catalog's; shapes that were not measured are predicted too. */
    @Test
    void aFabricOfKnownConstants_isPredictedAfterwards() {
        HardwareProfile truth = changed(
                DGX,
                Map.of("efficiency", 0.61, "exchange_efficiency", 0.55, "start_micros", 11.0, "hop_scale", 0.9),
                Map.of("rate_efficiency", 0.66, "tree_hop_micros", 90.0, "all_to_all_efficiency", 0.4));
        Sweeps.Clock clock = clock(DGX.cluster(), truth);
        FabricCalibration found = FabricCalibration.of(
                DGX,
                true,
                List.of(
                        Sweeps.of(1, 4, ALL, SIZES, clock),
                        Sweeps.of(1, 8, ALL, SIZES, clock),
                        Sweeps.of(2, 8, ALL, SIZES, clock),
                        Sweeps.of(4, 8, ALL, SIZES, clock),
                        Sweeps.of(8, 8, ALL, SIZES, clock)));
        MicrobenchmarkGroup all = found.residuals().overall().orElseThrow();
        assertThat(all.median()).isLessThan(0.01);
        assertThat(all.p90()).isLessThan(0.03);
        CollectiveCost cost = new CollectiveCost();
        cost.set(found.machine().cluster().fabric(), found.machine().hardware(), 1);
        for (CollectiveKind kind : CollectiveKind.values()) {
            for (double bytes : new double[] {1 << 16, 1 << 22, 1 << 28}) {
                double right = clock.seconds(TransferKind.parse(kind.label()), bytes, 128, 16);
                assertThat(cost.seconds(kind, bytes, 1, 128, 8))
                        .as("%s of %s bytes over 16 nodes", kind, bytes)
                        .isCloseTo(right, within(0.1 * right));
            }
        }
        assertThat(found.constants()).extracting(FittedConstant::name).contains("efficiency", "rate_efficiency");
    }

    @Test
    void withoutDataSheet_theBestMeasuredRatesAreTheNominalOnes() {
        FabricCalibration found = FabricCalibration.of(
                STRANGER,
                false,
                List.of(
                        Sweeps.of(1, 2, ALL, SIZES, FabricCalibrationTest::linear),
                        Sweeps.of(2, 2, ALL, SIZES, FabricCalibrationTest::linear)));
        Cluster cluster = found.machine().cluster();
        assertThat(cluster.node().devices()).isEqualTo(2);
        assertThat(cluster.fabric().scaleUpDomain()).isEqualTo(2);
        assertThat(cluster.fabric().scaleUpBandwidth().value()).isBetween(0.98 * beta(1), beta(1));
        assertThat(cluster.fabric().networkBandwidthPerDevice().value()).isBetween(0.49 * beta(2), 0.5 * beta(2));
        assertThat(found.residuals().overall().orElseThrow().median()).isLessThan(0.1);
        assertThat(found.machine().origin())
                .containsEntry("sweeps", "made-up, 2 ranks on 1 node; made-up, 4 ranks on 2 nodes");
    }

    @Test
    void aMachineWithGroups_isReadAsItWasWritten() throws IOException {
        MachineProfile machine = FabricCalibration.of(
                        STRANGER, false, List.of(Sweeps.of(1, 4, ALL, SIZES, FabricCalibrationTest::linear)))
                .machine();
        Path file = folder.resolve("profile.json");
        try (Writer out = Files.newBufferedWriter(file)) {
            machine.write(out);
        }
        MachineProfile again = MachineProfile.read(file);
        assertThat(again.hardware()).isEqualTo(machine.hardware());
        assertThat(again.hardware().groups()).hasSize(6);
        String wrong = Files.readString(file).replaceFirst("\"nodes\" : 1", "\"nodes\" : 5");
        Files.writeString(file, wrong);
        assertThatThrownBy(() -> MachineProfile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("groups[0].nodes")
                .hasMessageContaining("nodes must be between 1 and 4");
    }

    @Test
    void oneSizeOfOneCollective_isTooLittle() {
        Sweep one = Sweeps.of(1, 8, List.of(TransferKind.ALL_REDUCE), List.of(1L << 20), FabricCalibrationTest::linear);
        assertThatThrownBy(() -> FabricCalibration.of(DGX, true, List.of(one)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two sizes");
    }

    @Test
    void fewSizes_determineStartAndRateOnly() {
        Sweep few = Sweeps.of(
                1,
                2,
                List.of(TransferKind.ALL_GATHER),
                List.of(1L << 12, 1L << 16, 1L << 20, 1L << 26),
                FabricCalibrationTest::linear);
        assertThat(FabricCalibration.of(STRANGER, false, List.of(few)).constants())
                .extracting(FittedConstant::name)
                .containsExactly("efficiency", "start_micros");
    }

    @Test
    void whatCannotBeFitted_isOneClearError() {
        Sweep alone = Sweeps.of(1, 1, ALL, SIZES, (kind, bytes, ranks, nodes) -> 1e-6);
        assertThatThrownBy(() -> FabricCalibration.of(DGX, true, List.of(alone)))
                .hasMessage("the sweep of backend made-up has one rank, which sends nothing to anybody;"
                        + " two and more tell something of links");
        Sweep full = Sweeps.of(1, 16, ALL, SIZES, FabricCalibrationTest::linear);
        assertThatThrownBy(() -> FabricCalibration.of(DGX, true, List.of(full)))
                .hasMessageContaining("has 16 ranks on a node, cluster dgx-h100 has 8 devices on one");
        assertThatThrownBy(() -> FabricCalibration.of(DGX, true, List.of())).hasMessageContaining("at least one sweep");
        TransferTiming wrong = new TransferTiming.Measured(1e-3, OptionalLong.of(3));
        Sweep broken = new Sweep(
                "made-up",
                ElementType.FLOAT,
                ReductionOp.SUM,
                1,
                1,
                Sweeps.places(1, 2),
                Arrays.asList(new SweepRow(TransferKind.ALL_REDUCE, 1 << 20, 1 << 18, wrong, wrong)));
        assertThatThrownBy(() -> FabricCalibration.of(DGX, true, List.of(broken)))
                .hasMessage("the sweep of backend made-up over 2 ranks on 1 node has 3 wrong elements in all-reduce of"
                        + " 1.05 MB; times of wrong results are not fitted");
    }
}
