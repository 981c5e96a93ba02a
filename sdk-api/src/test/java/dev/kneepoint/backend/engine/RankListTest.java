package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankListTest {
    @Test
    void runsOfRanks_areShortened() {
        assertThat(RankList.text(List.of(7))).isEqualTo("rank 7");
        assertThat(RankList.text(List.of(5, 0, 3, 4, 2))).isEqualTo("ranks 0, 2-5");
    }

    @Test
    void manyRuns_areCutOff() {
        List<Integer> even = IntStream.range(0, 30).map(i -> 2 * i).boxed().toList();
        assertThat(RankList.text(even)).startsWith("ranks 0, 2, 4, ").endsWith(", 38 and more");
    }
}
