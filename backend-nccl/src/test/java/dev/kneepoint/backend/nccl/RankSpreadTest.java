package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.units.Seconds;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankSpreadTest {
    private static RankTimeline rank(int number, double compute) {
        return new RankTimeline(
                "rank " + number,
                1,
                new TimeParts(compute, 0, 0, 1 - compute, 0, 0),
                Busy.of(compute, 0, Map.of(), Map.of()),
                List.of());
    }

    @Test
    void theSlowestRank_isNamedWithItsDistanceFromTheMedian() {
        RankSpread spread = RankSpread.of(new Timeline(
                new Seconds(1),
                List.of(rank(0, 0.5), rank(1, 0.6), rank(2, 0.4)),
                rank(1, 0.6).parts()));
        assertThat(spread).isEqualTo(new RankSpread("rank 1", 0.6, 0.5, 0.4));
        assertThat(spread.origin())
                .containsEntry("slowest rank", "rank 1, 20.0 % above the median")
                .containsEntry("compute of ranks", "400 to 600 ms, median 500 ms");
    }

    @Test
    void ofOneRank_thereIsNoSpread() {
        RankSpread spread = RankSpread.of(
                new Timeline(new Seconds(1), List.of(rank(0, 0.5)), rank(0, 0.5).parts()));
        assertThat(spread.origin()).containsEntry("slowest rank", "rank 0, 0.0 % above the median");
    }
}
