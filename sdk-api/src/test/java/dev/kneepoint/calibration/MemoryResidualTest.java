package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.units.Bytes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryResidualTest {
    // The figure in the notes

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peak memory printed 41.76 GB (rank not stated); printed MFU: 40 | 41760000000",
                "peak mem 37GB | 37000000000",
                "non-standard H100: 96GB HBM2e; Peak Mem 81.5 GiB | 87509958656",
                "reported 1.85 samples/s/GPU, memory 51GB | 51000000000",
                "max memory 261.58 GB, bf16 | 261580000000",
            })
    void published_isReadInItsUnit(String notes, long bytes) {
        assertThat(PublishedMemory.of(Rows.row("notes", notes))).contains(new Bytes(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "precision and card memory not stated",
                "cards with memory 80GB each",
                "from memory, unverified: 8x400Gb/s",
                "peak memory printed 0 GB",
                "peak mem 37 Gb",
                "peak memory 37 GB/s",
            })
    void published_otherNotes_areNotAPeak(String notes) {
        assertThat(PublishedMemory.of(Rows.row("notes", notes))).isEmpty();
    }

    // Beside the estimate

    @Test
    void residual_leavesOutTheContext() {
        Mapping.Mapped mapped = Rows.mapped();
        double total = MemoryEstimate.of(
                        mapped.scenario().workload(), mapped.scenario().stack(), mapped.layout())
                .total()
                .value();
        double context = mapped.scenario().stack().memory().contextBytes();
        assertThat(context).isPositive();
        MemoryResidual r =
                MemoryResidual.of(Rows.row("notes", "peak mem 50 GB")).orElseThrow();
        assertThat(r.predicted().value()).isEqualTo(Math.round(total - context));
        assertThat(r.relativeError()).isCloseTo((total - context) / 50e9 - 1, within(1e-9));
    }

    @Test
    void residual_needsAFigureAndAConfiguration() {
        assertThat(MemoryResidual.of(List.of(
                        Validation.row(Rows.row()),
                        Validation.row(Rows.row("notes", "peak mem 50 GB", "accelerator", "unknown")),
                        Validation.row(Rows.row("id", "it", "notes", "peak mem 50 GB")))))
                .extracting(r -> r.measurement().id())
                .containsExactly("it");
    }

    @Test
    void errors_areSummedUpByGroup() {
        double predicted = MemoryResidual.of(Rows.row("notes", "peak mem 1 GB"))
                .map(r -> r.predicted().value() / 1e9)
                .orElseThrow();
        List<MemoryResidual> all = List.of(
                of("a", predicted / 0.9), of("a", predicted / 1.1), of("a", predicted / 1.4), of("b", predicted));
        List<MemoryErrors> errors = MemoryErrors.by(all, r -> r.measurement().source());
        assertThat(errors).extracting(MemoryErrors::name).containsExactly("a", "b");
        MemoryErrors a = errors.getFirst();
        assertThat(a.rows()).isEqualTo(3);
        // Sizes 0.1, 0.1, 0.4: the 90th percentile lies 0.8 of the way from the second to the third.
        assertThat(a.median()).isCloseTo(0.1, within(1e-6));
        assertThat(a.p90()).isCloseTo(0.34, within(1e-6));
        assertThat(a.bias()).isCloseTo(0.1, within(1e-6));
    }

    private static MemoryResidual of(String source, double gigabytes) {
        MemoryResidual r = MemoryResidual.of(Rows.row("source", source, "notes", "peak mem 1 GB"))
                .orElseThrow();
        return new MemoryResidual(r.measurement(), r.scenario(), r.layout(), Bytes.gb(gigabytes), r.predicted());
    }

    // What may not read it

    @Test
    void prediction_doesNotChangeWithThePublishedPeak() {
        Optional<Double> blind = Validation.row(Rows.row()).predictedSeconds();
        assertThat(blind).isPresent();
        assertThat(Validation.row(Rows.row("notes", "peak mem 12 GB")).predictedSeconds())
                .isEqualTo(blind);
    }
}
