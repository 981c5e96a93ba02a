package dev.kneepoint.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.kneepoint.spi.AttentionShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumericsArgumentsTest {
    @Test
    void lengthThatFits_isTaken() {
        NumericsArguments.need("up", 12, 12);
        NumericsArguments.need("up", 0, 0);
    }

    @Test
    void otherLength_isNamedBesideTheRightOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.need("up", 11, 12))
                .withMessage("up has 11 elements; it must have 12");
        // A product of two lengths may be more than an array can have.
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.need("a", 0, 1L << 32))
                .withMessage("a has 0 elements; it must have 4294967296");
    }

    @ParameterizedTest
    @CsvSource({"12, 4, 3", "5, 5, 1", "3, 1, 3"})
    void wholeRows_areCounted(int length, int width, int rows) {
        assertThat(NumericsArguments.rows("x", length, width)).isEqualTo(rows);
    }

    @ParameterizedTest
    @CsvSource({"12, 5", "0, 4", "4, 0", "4, -2", "3, 4"})
    void partsOfRows_areRefused(int length, int width) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.rows("x", length, width))
                .withMessage("x has " + length + " elements, which are no whole rows of " + width);
    }

    @Test
    void indicesInside_areTaken() {
        NumericsArguments.inside("targets", new int[] {0, 6, 3}, 7);
        NumericsArguments.inside("targets", new int[0], 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 7, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void indexOutside_isNamed(int index) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.inside("targets", new int[] {0, index}, 7))
                .withMessage("targets contain " + index + "; they must lie in 0 to 6");
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0, queries", "0, 1, 0, keys", "0, 0, 1, values"})
    void attentionOfOtherLengths_isRefused(int queries, int keys, int values, String named) {
        AttentionShape shape = AttentionShape.causal(1, 4, 2, 5, 8);
        NumericsArguments.attention(
                shape,
                new float[shape.queryElements()],
                new float[shape.keyElements()],
                new float[shape.keyElements()]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.attention(
                        shape,
                        new float[shape.queryElements() + queries],
                        new float[shape.keyElements() + keys],
                        new float[shape.keyElements() + values]))
                .withMessageStartingWith(named + " has ");
    }

    @Test
    void pairsOfARow_areTurned() {
        assertThat(NumericsArguments.rotary(new float[12], 2, 4)).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.rotary(new float[9], 2, 3))
                .withMessage("headSize 3 must be even and length 2 at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.rotary(new float[12], 0, 4))
                .withMessage("headSize 4 must be even and length 0 at least 1");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 3, 3, 1, gradients has 4 elements; it must have 3",
        "3, 4, 3, 1, first has 4 elements; it must have 3",
        "3, 3, 2, 1, second has 2 elements; it must have 3",
        "3, 3, 3, 0, 'step is counted from 1, not 0'"
    })
    void updatesThatDoNotFit_areRefused(int gradients, int first, int second, int step, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericsArguments.adamw(
                        new float[3], new float[gradients], new float[first], new float[second], step))
                .withMessage(message);
    }
}
