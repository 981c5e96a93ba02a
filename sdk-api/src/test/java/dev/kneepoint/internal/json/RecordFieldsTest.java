package dev.kneepoint.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordFieldsTest {
    record Sample(String name, double tileRatio1, double misaligned64, double halfLength) {
        Sample {
            if (halfLength < 0) {
                throw new IllegalArgumentException("halfLength must not be negative");
            }
        }
    }

    private static final Sample SAMPLE = new Sample("x", 0.5, 1.2, 300);

    @Test
    void names_areThoseOfTheFiles() {
        assertThat(RecordFields.of(SAMPLE))
                .containsExactly(
                        entry("name", "x"),
                        entry("tile_ratio_1", 0.5),
                        entry("misaligned_64", 1.2),
                        entry("half_length", 300.0));
        assertThat(RecordFields.number(SAMPLE, "misaligned_64")).isEqualTo(1.2);
    }

    @Test
    void with_changesOnlyWhatIsNamed() {
        assertThat(RecordFields.with(SAMPLE, Map.of("tile_ratio_1", 0.7))).isEqualTo(new Sample("x", 0.7, 1.2, 300));
    }

    @Test
    void with_anUnknownName_isRefused() {
        assertThatThrownBy(() -> RecordFields.with(SAMPLE, Map.of("tile", 0.7)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Sample has no 'tile'");
        assertThatThrownBy(() -> RecordFields.number(SAMPLE, "name")).hasMessage("Sample has no number 'name'");
    }

    @Test
    void with_aValueThatTheRecordRefuses_saysWhatTheRecordSays() {
        assertThatThrownBy(() -> RecordFields.with(SAMPLE, Map.of("half_length", -1.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("halfLength must not be negative");
    }
}
