package dev.kneepoint.calibration.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.profile.CoreCurve;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.ProductCurve;
import dev.kneepoint.profile.StreamCurve;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.Precision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A calibration on the simulator gets back the profile that the simulator ran on. */
class CalibrationTest {
    private static final long SEED = 11;
    private static final int PLANS = 40;

    private static CalibrationRequest request(MachineProfile truth, int devices) {
        return new CalibrationRequest(
                truth, true, devices, Duration.ofSeconds(20), ProgressListener.none(), CancellationToken.none());
    }

    private static Calibration calibrate(MachineProfile truth, int devices) {
        return calibrate(truth, devices, 1);
    }

    private static Calibration calibrate(MachineProfile truth, int devices, int seconds) {
        try (Backend sim = Machines.open("sim", Map.of())) {
            return Calibration.run(
                    sim,
                    new CalibrationRequest(
                            truth,
                            true,
                            devices,
                            Duration.ofSeconds(seconds),
                            ProgressListener.none(),
                            CancellationToken.none()));
        }
    }

    private static SelfCheck check(MachineProfile truth, MachineProfile found) {
        try (Backend sim = Machines.open("sim", Map.of())) {
            return SelfCheck.run(
                    sim,
                    new SelfCheckRequest(
                            found,
                            truth,
                            PlanDraw.draw(SEED, PLANS, 2, Precision.FP32, 1),
                            1,
                            ProgressListener.none(),
                            CancellationToken.none()));
        }
    }

    @Test
    void ofAMadeUpDevice_findsItsCurves() {
        MachineProfile truth = Machines.odd();
        DeviceProfile device = calibrate(truth, 2, 4).machine().hardware().device();
        ProbedTimes found = device.probed().orElseThrow();
        ProbedTimes made = truth.hardware().device().probed().orElseThrow();
        assertThat(found.memory()).containsOnlyKeys(made.memory().keySet());
        found.memory()
                .forEach((kind, curve) -> assertSame(kind, curve, made.memory().get(kind)));
        assertThat(found.transfers()).containsOnlyKeys(made.transfers().keySet());
        ProductCurve products = found.products().orElseThrow();
        for (double size : new double[] {24, 48, 128, 200}) {
            assertThat(products.seconds(size, 2 * size, size, 1, 2))
                    .as("product of %s on two ranks", size)
                    .isCloseTo(made.products().orElseThrow().seconds(size, 2 * size, size, 1, 2), withinPercentage(6));
        }
        assertSame(found.forward().orElseThrow(), made.forward().orElseThrow());
        assertSame(found.backward().orElseThrow(), made.backward().orElseThrow());
    }

    private static void assertSame(String kind, StreamCurve found, StreamCurve made) {
        for (double bytes : new double[] {8e3, 6e4, 1.5e5}) {
            for (int busy = 1; busy <= 2; busy++) {
                assertThat(found.seconds(bytes, busy))
                        .as("%s of %s bytes on %d ranks", kind, bytes, busy)
                        .isCloseTo(made.seconds(bytes, busy), withinPercentage(5));
            }
        }
    }

    private static void assertSame(CoreCurve found, CoreCurve made) {
        for (double length : new double[] {32, 64, 128}) {
            double rows = 4 * length;
            double flops = 2 * 4 * length * length * 32;
            assertThat(found.seconds(rows, rows * length / 2, 32, flops, 1))
                    .as("attention over %s tokens", length)
                    .isCloseTo(made.seconds(rows, rows * length / 2, 32, flops, 1), withinPercentage(5));
        }
    }

    @Test
    void ofAMadeUpDevice_findsWhatOpsDoToEachOther() {
        MachineProfile truth = Machines.odd();
        MachineProfile found = calibrate(truth, 2).machine();
        assertThat(found.stack().fixedMillis()).isCloseTo(0.05, within(0.002));
        assertThat(found.stack().overlap().pipelineExposure()).isCloseTo(0.6, within(0.1));
        assertThat(found.stack().overlap().shardExposure()).isCloseTo(0.25, within(0.1));
        assertThat(found.hardware().device().computeContention()).isCloseTo(0.3, within(0.05));
        assertThat(found.hardware().device().collectiveContention()).isCloseTo(0.4, within(0.08));
    }

    /** A processor whose ranks issue kernels on the cores that compute. */
    @Test
    void gapsThatOtherRanksLengthen_arePredicted() {
        MachineProfile truth =
                MachineEdits.probed(MachineEdits.probed(Machines.odd(), "gap_micros", 20.0), "gap_shared", 1.5);

        SelfCheck check = check(truth, calibrate(truth, 2).machine());

        assertThat(check.medianError()).as("%s", check.plans()).isLessThan(0.05);
        assertThat(check.highError()).as("%s", check.plans()).isLessThan(0.1);
    }

    @Test
    void plansOnTheFoundProfile_takeAsLongAsOnTheTrueOne() {
        for (MachineProfile truth : List.of(Machines.odd(), Machines.shipped())) {
            SelfCheck check = check(truth, calibrate(truth, 2).machine());
            assertThat(check.medianError())
                    .as("median, seed %d, %s", SEED, check.plans())
                    .isLessThan(0.02);
            assertThat(check.highError())
                    .as("90 %%, seed %d, %s", SEED, check.plans())
                    .isLessThan(0.05);
        }
    }

    @Test
    void formOfTheKernels_isTheOneThatTheProbesShow() {
        ProbedTimes tiled = calibrate(Machines.shipped(), 1)
                .machine()
                .hardware()
                .device()
                .probed()
                .orElseThrow();
        assertThat(tiled.products()).as("tiles and waves").isEmpty();
        assertThat(tiled.forward()).as("one curve over lengths").isEmpty();
        ProbedTimes blocks = calibrate(Machines.odd(), 1)
                .machine()
                .hardware()
                .device()
                .probed()
                .orElseThrow();
        assertThat(blocks.products()).isPresent();
        assertThat(blocks.forward()).isPresent();
    }

    @Test
    void oneDevice_isCalibratedWithoutTransfers() {
        Calibration found = calibrate(Machines.odd(), 1);
        assertThat(found.machine().hardware().device().probed().orElseThrow().transfers())
                .isEmpty();
        assertThat(found.residuals()).allMatch(r -> r.ranks() == 1);
    }

    @Test
    void twice_predictsTheSameOnADeterministicMachine() {
        MachineProfile once = calibrate(Machines.odd(), 2).machine();
        assertThat(check(once, calibrate(Machines.odd(), 2).machine()).highError())
                .isLessThan(1e-6);
    }

    @Test
    void residuals_coverEveryKindAndAreSmall() {
        Calibration found = calibrate(Machines.odd(), 2);
        assertThat(found.residuals().stream().map(ProbeResidual::kind).distinct())
                .contains("matmul", "attention forward", "attention backward", "norm", "rotary", "activation")
                .contains("routing", "cast", "scores", "embedding", "loss", "optimizer", "all-reduce", "broadcast")
                .contains("state/all-gather", "one micro-batch through a pipeline", "compute between meetings");
        double[] errors = found.residuals().stream()
                .mapToDouble(r -> Math.abs(r.relativeError()))
                .sorted()
                .toArray();
        assertThat(errors[errors.length / 2]).isLessThan(0.02);
        assertThat(errors[errors.length * 9 / 10]).isLessThan(0.08);
    }

    @Test
    void measuredPeaks_standWhereNoDataSheetIs() {
        MachineProfile truth = Machines.odd();
        try (Backend sim = Machines.open("sim", Map.of())) {
            Calibration measured = Calibration.run(
                    sim,
                    new CalibrationRequest(
                            truth, false, 1, Duration.ofSeconds(1), ProgressListener.none(), CancellationToken.none()));
            double peak = measured.machine()
                    .cluster()
                    .accelerator()
                    .peak(Precision.FP32)
                    .orElseThrow()
                    .value();
            assertThat(peak).isBetween(10e9, 20e9);
        }
        assertThat(calibrate(truth, 1).machine().cluster()).isEqualTo(truth.cluster());
    }

    @Test
    void progress_risesToItsEnd() {
        List<Integer> heard = new ArrayList<>();
        try (Backend sim = Machines.open("sim", Map.of())) {
            Calibration.run(
                    sim,
                    new CalibrationRequest(
                            Machines.odd(),
                            true,
                            2,
                            Duration.ofSeconds(1),
                            (done, total, what) -> {
                                assertThat(total).isEqualTo(100);
                                heard.add(done);
                            },
                            CancellationToken.none()));
        }
        assertThat(heard).isSorted().startsWith(0).endsWith(100);
    }

    @Test
    void cancelled_stopsSoon() {
        CancellationToken token = CancellationToken.create();
        AtomicInteger heard = new AtomicInteger();
        ProgressListener impatient = (done, total, what) -> {
            if (heard.incrementAndGet() == 3) {
                token.cancel();
            }
        };
        CalibrationRequest request =
                new CalibrationRequest(Machines.odd(), true, 2, Duration.ofMinutes(10), impatient, token);
        try (Backend sim = Machines.open("sim", Map.of())) {
            assertThatThrownBy(() -> Calibration.run(sim, request)).isInstanceOf(ExecutionCancelledException.class);
        }
        assertThat(heard).hasValue(3);
    }

    @Test
    void wrongRequests_sayWhatIsWrong() {
        assertThatThrownBy(() -> request(Machines.odd(), 0)).hasMessageContaining("devices must be between 1 and 1024");
        assertThatThrownBy(() -> new CalibrationRequest(
                        Machines.odd(), true, 1, Duration.ZERO, ProgressListener.none(), CancellationToken.none()))
                .hasMessageContaining("time must be between a second and a day");
        try (Backend cpu = Machines.open("cpu", Map.of())) {
            assertThatThrownBy(() -> Calibration.run(cpu, request(Machines.odd(), 300)))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessageContaining("the backend runs at most 256 ranks");
        }
    }
}
