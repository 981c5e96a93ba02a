package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped profiles against published microbenchmarks; each row of the resource names its source. */
class MicrobenchmarksTest {
    /** The whole files are not part of the repository. */
    private static final Path WHOLE = Path.of("../../shared");

    @TempDir
    private Path folder;

    private static Path resource(String name) {
        try {
            return Path.of(MicrobenchmarksTest.class
                    .getResource("/calibration/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MicrobenchmarkResult products() {
        return Microbenchmarks.products(GemmSample.read(resource("gemm.csv")), MicrobenchmarkProfiles.shipped());
    }

    private static MicrobenchmarkResult collectives() {
        return Microbenchmarks.collectives(
                CollectiveSample.read(resource("collectives.csv")), MicrobenchmarkProfiles.shipped());
    }

    @Test
    void products_areMetWithinFourPercent() {
        MicrobenchmarkGroup all = products().overall().orElseThrow();
        assertThat(all.rows()).isEqualTo(12);
        assertThat(all.median()).isLessThanOrEqualTo(0.04);
        assertThat(all.p90()).isLessThanOrEqualTo(0.15);
    }

    @Test
    void collectives_areMetWithinEightPercent() {
        MicrobenchmarkGroup all = collectives().overall().orElseThrow();
        assertThat(all.rows()).isEqualTo(43);
        assertThat(all.median()).isLessThanOrEqualTo(0.08);
        assertThat(all.p90()).isLessThanOrEqualTo(0.25);
    }

    @Test
    void rowsThatCannotBeCompared_sayWhy() {
        assertThat(products().leftOut()).containsOnly(java.util.Map.entry("quality C", 1L));
        assertThat(collectives().leftOut().keySet())
                .containsExactly(
                        "below 1 MiB",
                        "no fitted profile of MI300X",
                        "quality C",
                        "reduction in the network's switches, or an algorithm forced against the library's choice");
    }

    @Test
    void aDeviceThatSustainsLessInSteps_isAsQuickAlone() {
        MicrobenchmarkProfiles shipped = MicrobenchmarkProfiles.shipped();
        var hopper = shipped.devices().get("hopper");
        var slower = dev.kneepoint.internal.json.RecordFields.with(hopper.gemm(), java.util.Map.of("sustained", 0.5));
        MicrobenchmarkProfiles changed = shipped.with(
                "hopper", dev.kneepoint.internal.json.RecordFields.with(hopper, java.util.Map.of("gemm", slower)));
        List<GemmSample> samples = GemmSample.read(resource("gemm.csv"));
        assertThat(Microbenchmarks.products(samples, changed)).isEqualTo(Microbenchmarks.products(samples, shipped));
    }

    @Test
    void theToolsShare_belongsToTheRow() {
        MicrobenchmarkProfiles shipped = MicrobenchmarkProfiles.shipped();
        MeasuringTool slow = new MeasuringTool("nccl-tests", "a slow clock", 0, 1000, 0, 0);
        CollectiveSample sample =
                CollectiveSample.read(resource("collectives.csv")).get(0);
        double before = Microbenchmarks.collectives(List.of(sample), shipped)
                .rows()
                .get(0)
                .predictedSeconds()
                .orElseThrow();
        Optional<Double> after = Microbenchmarks.collectives(List.of(sample), shipped.with(slow))
                .rows()
                .get(0)
                .predictedSeconds();
        assertThat(after.orElseThrow() - before).isCloseTo(1e-3, org.assertj.core.api.Assertions.within(1e-9));
    }

    @Test
    void aNumberThatIsNone_isNamed() throws Exception {
        String text = Files.readString(resource("gemm.csv")).replaceFirst(",4096,4096,4096,", ",many,4096,4096,");
        Path file = Files.writeString(folder.resolve("gemm.csv"), text);
        assertThatThrownBy(() -> GemmSample.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("column 'm' holds 'many', which is no number");
    }

    @Tag("long")
    @Test
    void wholeFiles_areMetWithinTheTolerances() {
        Path gemm = WHOLE.resolve("gemm.csv");
        Path collectives = WHOLE.resolve("collectives.csv");
        assumeThat(gemm).as("the measurements lie beside the repository").isRegularFile();
        MicrobenchmarkProfiles shipped = MicrobenchmarkProfiles.shipped();
        MicrobenchmarkGroup products = Microbenchmarks.products(GemmSample.read(gemm), shipped)
                .overall()
                .orElseThrow();
        assertThat(products.median()).isLessThanOrEqualTo(0.04);
        assertThat(products.p90()).isLessThanOrEqualTo(0.12);
        MicrobenchmarkGroup exchanges = Microbenchmarks.collectives(CollectiveSample.read(collectives), shipped)
                .overall()
                .orElseThrow();
        assertThat(exchanges.median()).isLessThanOrEqualTo(0.08);
        assertThat(exchanges.p90()).isLessThanOrEqualTo(0.25);
    }
}
