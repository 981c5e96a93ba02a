package dev.kneepoint.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProbedTimesTest {
    private static ProbedTimes gap(double micros, double shared) {
        return new ProbedTimes(
                micros,
                shared,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new TreeMap<>(),
                new TreeMap<>());
    }

    @Test
    void gap_growsWithTheRanksThatAreBusy() {
        assertThat(gap(4, 1.5).gapSeconds(1)).isCloseTo(4e-6, within(1e-15));
        assertThat(gap(4, 1.5).gapSeconds(3)).isCloseTo(16e-6, within(1e-15));
        assertThat(gap(4, 0).gapSeconds(3)).isCloseTo(4e-6, within(1e-15));
    }

    @Test
    void negativeShare_isRefused() {
        assertThatThrownBy(() -> gap(4, -1)).hasMessageContaining("gapShared");
    }
}
