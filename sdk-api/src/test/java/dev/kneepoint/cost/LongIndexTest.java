package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongIndexTest {
    private record Pair(long a, int b) {}

    @Test
    void numbers_areThoseOfAMapThatCountsUp() {
        Random random = new Random(3);
        LongIndex index = new LongIndex();
        for (int round = 0; round < 3; round++) {
            Map<Pair, Integer> expected = new HashMap<>();
            for (int i = 0; i < 20_000; i++) {
                // Neighbours and multiples of powers of two, which a poor hash would put into one place.
                Pair pair = new Pair((long) random.nextInt(1 << 10) << random.nextInt(50), random.nextInt(4));
                Integer known = expected.get(pair);
                assertThat(index.find(pair.a(), pair.b())).isEqualTo(known == null ? -1 : known);
                if (known == null) {
                    assertThat(index.add(pair.a(), pair.b())).isEqualTo(expected.size());
                    expected.put(pair, expected.size());
                }
            }
            assertThat(index.size()).isEqualTo(expected.size());
            index.clear();
        }
        assertThat(index.find(0, 0)).isEqualTo(-1);
    }
}
