package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Fp8ShapeTest {
    @ParameterizedTest
    @CsvSource({
        "15, 16, 'FP8 products need columns in multiples of 16, not 15; nearest: 16'",
        "16, 39, 'FP8 products need inner in multiples of 16, not 39; nearest: 32'",
        "0, 16, 'FP8 products need columns in multiples of 16, not 0; nearest: 16'",
    })
    void shapes_areInPieces(int columns, int inner, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fp8Shape(1, columns, inner, Fp8Shape.Output.F32, false))
                .withMessage(message);
    }

    @Test
    void gradientsOnBothSides_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fp8Shape(5, 32, 48, 64, Fp8Type.E5M2, Fp8Type.E5M2, Fp8Shape.Output.BF16, false))
                .withMessage("FP8 products need E4M3 on at least one side, not E5M2 on both");
    }
}
