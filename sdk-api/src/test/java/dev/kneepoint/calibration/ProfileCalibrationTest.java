package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fits on runs whose true constants are known, because the model itself makes them. */
class ProfileCalibrationTest {
    private static final CancellationToken NEVER = CancellationToken.none();
    private static final String RATE = "device/hopper/gemm.sustained";
    private static final String ATTENTION = "device/hopper/attentionSustained";
    private static final long SEED = 7;

    /** Runs of one source under FSDP, measured with the constants of {@code truth} and one per cent of noise. */
    private static List<Measurement> runs(String source, ProfileSet truth, int count) {
        Random random = new Random(SEED);
        List<Measurement> out = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = source + i;
            String[] shape = {
                "id",
                id,
                "source",
                source,
                "dp_kind",
                "fsdp",
                "gpus",
                String.valueOf(8 << i % 5),
                "global_batch",
                String.valueOf(16 << i % 5),
                "micro_batch",
                "2",
                "seq_len",
                String.valueOf(2048 << i % 4),
                "date",
                ProfileCatalog.stack("torch-fsdp").date()
            };
            Measurement blank = Rows.row(shape);
            Mapping.Mapped m = Rows.mapped(shape);
            double seconds = new StepCost(m.scenario(truth)).seconds(m.layout());
            out.add(with(blank, seconds * Math.exp(0.01 * random.nextGaussian())));
        }
        return out;
    }

    private static Measurement with(Measurement m, double seconds) {
        var columns = new java.util.LinkedHashMap<>(m.columns());
        columns.put("step_time_s", String.valueOf(seconds));
        return new Measurement(m.id(), m.source(), columns);
    }

    private static ProfileSet priors() {
        return Constants.atPriors(ProfileCatalog.shipped(), Constants.shipped());
    }

    @Test
    void fit_slowerProductsAndAttention_findsBoth() {
        ProfileSet truth = priors().with(RATE, 0.8).with(ATTENTION, 0.6);
        FittedProfiles fitted = ProfileCalibration.of(runs("PyTorch FSDP of a friend", truth, 40))
                .fit(NEVER);
        double stack = fitted.profiles().constant("stack/torch-fsdp/kernels.gemmFactor");
        assertThat(fitted.profiles().constant(RATE) * stack).isCloseTo(0.8, within(0.02));
        assertThat(fitted.profiles().constant(ATTENTION)).isCloseTo(0.6, within(0.04));
    }

    @Test
    void fit_ofOneStack_leavesTheOthersAtTheirPriors() {
        FittedProfiles fitted = ProfileCalibration.of(runs("PyTorch FSDP of a friend", priors(), 12))
                .fit(NEVER);
        assertThat(fitted.profiles().stack("nanotron")).isEqualTo(priors().stack("nanotron"));
        for (ConstantEstimate e : fitted.constants()) {
            assertThat(e.low()).as(e.constant().name()).isLessThanOrEqualTo(e.value());
            assertThat(e.high()).as(e.constant().name()).isGreaterThanOrEqualTo(e.value());
            if (e.constant().name().contains("nanotron/")) {
                assertThat(e.learned()).as(e.constant().name()).isCloseTo(0, within(1e-9));
            }
        }
    }

    /** Old and new releases ran other layouts, but for a few; what is wrong about a layout must not pass for the release. */
    @Test
    void fit_releasesOfLayoutsThatArePredictedWrong_findsTheYearlyGain() {
        String gain = "stack/torch-fsdp/yearlyGain";
        ProfileSet truth = priors().with(gain, 0.2);
        Random random = new Random(SEED);
        List<Measurement> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            double wrong = (i % 2 == 0 ? -0.1 : 0.1) + 0.02 * random.nextGaussian();
            for (String date :
                    i % 4 == 3 ? List.of("2023-04", "2024-04") : List.of(i % 2 == 0 ? "2024-04" : "2023-04")) {
                String[] shape = {
                    "id",
                    i + date,
                    "source",
                    "PyTorch FSDP",
                    "dp_kind",
                    "fsdp",
                    "global_batch",
                    String.valueOf(8 * (i + 1)),
                    "date",
                    date
                };
                Mapping.Mapped m = Rows.mapped(shape);
                rows.add(with(Rows.row(shape), new StepCost(m.scenario(truth)).seconds(m.layout()) * Math.exp(wrong)));
            }
        }
        assertThat(ProfileCalibration.of(rows).fit(NEVER).profiles().constant(gain))
                .isCloseTo(0.2, within(0.03));
    }

    @Test
    void holdOut_neverSeesThePartThatItPredicts() {
        List<Measurement> rows = new ArrayList<>(runs("PyTorch FSDP one", priors(), 12));
        runs("PyTorch FSDP two", priors(), 12).forEach(m -> rows.add(with(m, 1e3)));
        List<HeldOutResidual> out =
                ProfileCalibration.of(rows).holdOut(Measurement::source, ProgressListener.none(), NEVER);
        assertThat(out).hasSize(24);
        assertThat(out.stream().filter(r -> r.id().contains("two")))
                .allSatisfy(r -> assertThat(r.predicted()).isLessThan(20));
    }

    @Test
    void holdOutFamilies_withPointsOfAFamilyThatIsAlwaysSlower_predictsItBetter() {
        List<Measurement> rows = new ArrayList<>(runs("PyTorch FSDP one", priors(), 15));
        ProfileSet slow = priors().with(RATE, 0.7);
        rows.addAll(runs("PyTorch FSDP two", slow, 15));
        ProfileCalibration.UnseenFamilies out =
                ProfileCalibration.of(rows).holdOutFamilies(5, 64, 3, ProgressListener.none(), NEVER);
        double plain = worst(out.plain());
        assertThat(out.calibrated()).hasSize(3).allSatisfy(draw -> {
            assertThat(draw).hasSize(20);
            assertThat(worst(draw)).isLessThan(plain);
        });
    }

    private static double worst(List<HeldOutResidual> residuals) {
        return residuals.stream()
                .filter(r -> r.id().contains("two"))
                .mapToDouble(r -> Math.abs(r.logError()))
                .max()
                .orElseThrow();
    }

    @Test
    void weighted_families_haveOneVoteAndSuspectRowsNone() {
        List<Measurement> rows = new ArrayList<>(runs("PyTorch FSDP long table", priors(), 30));
        rows.addAll(runs("Somebody's short table", priors(), 3));
        String suspect = SuspectRows.all().keySet().iterator().next();
        rows.add(with(Rows.row("id", suspect, "source", "PyTorch FSDP long table"), 2));
        List<FitRow> weighted = FitRows.weighted(FitRows.of(rows));
        assertThat(weighted).noneMatch(r -> r.measurement().id().equals(suspect));
        assertThat(weight(weighted, "long")).isCloseTo(12, within(1e-9));
        assertThat(weight(weighted, "short")).isCloseTo(18, within(1e-9));
    }

    private static double weight(List<FitRow> rows, String source) {
        return rows.stream()
                .filter(r -> r.measurement().source().contains(source))
                .mapToDouble(FitRow::weight)
                .sum();
    }

    @Test
    void of_rowsWithoutTimes_isRefused() {
        assertThatThrownBy(() -> ProfileCalibration.of(List.of(Rows.row())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("none of the 1 rows describes a whole step with its time and shape");
    }

    @Test
    void fit_cancelled_stops() {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        assertThatThrownBy(() ->
                        ProfileCalibration.of(runs("PyTorch FSDP", priors(), 3)).fit(token))
                .isInstanceOf(ExecutionCancelledException.class);
    }

    @Test
    void shippedConstants_areFewAndLieInTheirRanges() {
        List<Constant> constants = Constants.shipped();
        assertThat(constants).hasSizeLessThanOrEqualTo(60);
        ProfileSet shipped = ProfileCatalog.shipped();
        for (Constant c : constants) {
            assertThat(shipped.constant(c.name())).as(c.name()).isBetween(c.low(), c.high());
            assertThat(c.unit()).as(c.name()).isNotBlank();
            assertThat(c.meaning()).as(c.name()).isNotBlank();
            assertThat(c.source()).as(c.name()).isNotBlank();
        }
    }
}
