package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidatedRangeTest {
    @TempDir
    private Path folder;

    private static RunTraits traits(String architecture, String stack, String precision, double devices) {
        return new RunTraits(architecture, "infiniband", stack, precision, "dense", "split", devices, 7e9);
    }

    private static HeldOutResidual residual(String family, String stack, double devices, double logError) {
        return new HeldOutResidual(
                family, family, traits("hopper", stack, "16-bit", devices), 10 * Math.exp(logError), 10);
    }

    /** Eleven rows of one kind whose errors are 0, 1, … 10 %. */
    private static List<HeldOutResidual> eleven(String family, String stack) {
        List<HeldOutResidual> all = new ArrayList<>();
        for (int i = 0; i <= 10; i++) {
            all.add(residual(family, stack, i % 2 == 0 ? 16 : 128, i % 2 == 0 ? i / 100.0 : -i / 100.0));
        }
        return all;
    }

    // Kinds

    @Test
    void from_aKind_hasTheQuantilesOfItsErrors() {
        ValidatedRange range = ValidatedRange.from(eleven("f", "s"));
        ValidatedKind kind = range.kinds().getFirst();
        assertThat(range.kinds()).hasSize(1);
        assertThat(kind.rows()).isEqualTo(11);
        assertThat(kind.families()).containsExactly("f");
        assertThat(kind.leastDevices()).isEqualTo(16);
        assertThat(kind.mostDevices()).isEqualTo(128);
        assertThat(kind.median()).isCloseTo(.05, within(1e-9));
        assertThat(kind.p80()).isCloseTo(.08, within(1e-9));
        assertThat(kind.p90()).isCloseTo(.09, within(1e-9));
        // (0 - 1 + 2 - … + 10) / 11 percent
        assertThat(kind.bias()).isCloseTo(.05 / 11, within(1e-9));
    }

    @Test
    void from_aKindOfFewRows_isPulledTowardsAllKinds() {
        List<HeldOutResidual> all = new ArrayList<>(eleven("f", "s"));
        for (int i = 0; i < 3; i++) {
            all.add(residual("lucky", "other", 16, 0.001));
        }
        ValidatedKind lucky = ValidatedRange.from(all).kinds().stream()
                .filter(k -> k.stack().equals("other"))
                .findFirst()
                .orElseThrow();
        assertThat(lucky.p80()).isCloseTo(.001, within(1e-9));
        assertThat(lucky.pulled()).isGreaterThan(.02);
    }

    @Test
    void from_twoRows_isNoKind() {
        assertThatThrownBy(() -> ValidatedRange.from(eleven("f", "s").subList(0, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kinds must not be empty");
    }

    // Distance

    @ParameterizedTest
    @CsvSource({
        "hopper, s, 16-bit, 64, INSIDE",
        "hopper, s, 16-bit, 512, NEAR",
        "hopper, s, 16-bit, 4096, OUTSIDE",
        "hopper, s, fp8, 64, NEAR",
        "hopper, s, fp8, 512, OUTSIDE",
        "hopper, t, 16-bit, 64, OUTSIDE",
        "blackwell, s, 16-bit, 64, OUTSIDE"
    })
    void assess_saysHowFar(String architecture, String stack, String precision, double devices, TrustLevel level) {
        Trust trust = ValidatedRange.from(eleven("f", "s")).assess(traits(architecture, stack, precision, devices));
        assertThat(trust.level()).isEqualTo(level);
        assertThat(trust.sentence().startsWith("OUTSIDE the validated range (nearest are 11 dense split 16-bit runs"))
                .isEqualTo(level == TrustLevel.OUTSIDE);
        assertThat(trust.sentence()).contains("held-out error of", "5 % median");
    }

    @Test
    void assess_namesWhatIsApart() {
        assertThat(ValidatedRange.from(eleven("f", "s"))
                        .assess(traits("blackwell", "s", "fp8", 1024))
                        .reason())
                .endsWith("apart in device blackwell against hopper, precision fp8 against 16-bit,"
                        + " 1,024 devices against 16 to 128");
    }

    @Test
    void assess_fartherRuns_haveWiderIntervals() {
        ValidatedRange range = ValidatedRange.from(eleven("f", "s"));
        double inside = range.assess(traits("hopper", "s", "16-bit", 64)).spread();
        double near = range.assess(traits("hopper", "s", "fp8", 64)).spread();
        double outside = range.assess(traits("blackwell", "s", "fp8", 64)).spread();
        assertThat(inside).isGreaterThan(1.07).isLessThan(near);
        assertThat(near).isLessThan(outside);
        Prediction p = Prediction.of(2, range.assess(traits("hopper", "s", "16-bit", 64)));
        assertThat(p.high() / 2).isCloseTo(2 / p.low(), within(1e-12)).isCloseTo(inside, within(1e-12));
    }

    // Coverage

    @Test
    void coverage_judgesEachFamilyByTheOthers() {
        // Thirty families of the same spread cover each other at the promised rate, raised by one family in thirty.
        Random random = new Random(20);
        List<HeldOutResidual> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            all.add(residual("f" + i % 30, "s", 64, 0.1 * random.nextGaussian()));
        }
        List<Coverage> coverage = Coverage.of(all);
        assertThat(coverage).hasSize(30).allSatisfy(c -> assertThat(c.rows()).isEqualTo(20));
        double covered = coverage.stream().mapToInt(Coverage::covered).sum() / 600.0;
        assertThat(covered).as("seed 20").isBetween(.77, .89);
    }

    /** The next of three families may be as far off as any of them: no quantile inside their range holds for it. */
    @Test
    void coverage_ofFewFamilies_takesTheWidest() {
        Random random = new Random(21);
        List<HeldOutResidual> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            all.add(residual("f" + i % 3, "s", 64, 0.1 * random.nextGaussian()));
        }
        double covered = Coverage.of(all).stream().mapToInt(Coverage::covered).sum() / 300.0;
        assertThat(covered).as("seed 21").isGreaterThan(.95);
    }

    @Test
    void coverage_ofAFamilyFarOffTheOthers_showsIt() {
        List<HeldOutResidual> all = new ArrayList<>(eleven("f", "s"));
        all.addAll(eleven("g", "s"));
        for (int i = 0; i < 5; i++) {
            all.add(residual("wild", "s", 64, 1));
        }
        assertThat(Coverage.of(all)).contains(new Coverage("wild", TrustLevel.INSIDE, 5, 0));
        assertThat(Coverage.of(eleven("only", "s"))).isEmpty();
    }

    @Test
    void familyWeights_letAShortFamilyWeighAsMuch() {
        List<FamilyWeights.Figure> figures = new ArrayList<>();
        for (int i = 0; i < 98; i++) {
            figures.add(new FamilyWeights.Figure("long", 1));
        }
        figures.add(new FamilyWeights.Figure("short", 2));
        figures.add(new FamilyWeights.Figure("short", 3));
        assertThat(FamilyWeights.quantile(figures, 0.5)).hasValue(1);
        assertThat(FamilyWeights.quantile(figures, 0.75)).hasValue(2);
        assertThat(FamilyWeights.quantile(figures, 0.8)).hasValue(3);
        assertThat(FamilyWeights.quantile(List.of(), 0.8)).isEmpty();
    }

    // Files

    @Test
    void writeJson_readsBackAsItWas() throws IOException {
        ValidatedRange range = ValidatedRange.inSample(eleven("f", "s"));
        StringWriter json = new StringWriter();
        range.writeJson(json);
        Path file = Files.writeString(folder.resolve("range.json"), json.toString());
        assertThat(ValidatedRangeFiles.read(JsonFiles.read(file))).isEqualTo(range);
    }

    @Test
    void shipped_knowsTheDefaultStudyAtSmallSizesOnly() {
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 32),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
        ParallelismStrategy fsdp = ParallelismStrategy.parse("fsdp");
        ValidatedRange range = ValidatedRange.shipped();
        assertThat(range.assess(scenario, fsdp, 16).level()).isEqualTo(TrustLevel.INSIDE);
        assertThat(range.assess(scenario, fsdp, 2048).level()).isEqualTo(TrustLevel.OUTSIDE);
    }
}
