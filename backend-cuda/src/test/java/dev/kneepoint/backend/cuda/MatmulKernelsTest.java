package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against double precision, on shapes that do and do not fill tiles. */
@RequiresCompiler("g++")
class MatmulKernelsTest {
    private static final int TILE = 64;

    static Stream<Arguments> shapes() {
        Random random = new Random(20261128);
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(
                        Arguments.of(t, 1, 1, 1, 1),
                        Arguments.of(t, 64, 64, 16, 2),
                        Arguments.of(t, 65, 130, 17, 1),
                        Arguments.of(
                                t,
                                1 + random.nextInt(150),
                                1 + random.nextInt(150),
                                1 + random.nextInt(90),
                                1 + random.nextInt(3))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void products(ElementType type, int rows, int columns, int inner, int count) {
        check(PtxModule.MATMUL, "matmul_", TILE, type, rows, columns, inner, count);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void productsOnTensorCores(ElementType type, int rows, int columns, int inner, int count) {
        if (type != ElementType.F32) {
            check(PtxModule.TENSOR, "tensor_matmul_", 2 * TILE, type, rows, columns, inner, count);
        }
    }

    /** Sides that are and are not in packs, and one that is but lies at an odd place; more steps than stages. */
    static Stream<Arguments> tiles() {
        return Stream.of(ElementType.BF16, ElementType.F16)
                .flatMap(t -> Stream.of(
                        Arguments.of(t, 128, 128, 32, 2),
                        Arguments.of(t, 136, 264, 168, 1),
                        Arguments.of(t, 130, 131, 136, 1),
                        Arguments.of(t, 12, 136, 101, 2),
                        Arguments.of(t, 133, 8, 72, 1),
                        Arguments.of(t, 1160, 130, 8, 1)));
    }

    @ParameterizedTest
    @MethodSource("tiles")
    void productsOfTilesOnTensorCores(ElementType type, int rows, int columns, int inner, int count) {
        check(PtxModule.TENSOR, "tensor_matmul_", 2 * TILE, type, rows, columns, inner, count);
    }

    private static void check(
            PtxModule module, String kernel, int tile, ElementType type, int rows, int columns, int inner, int count) {
        KernelArrays arrays = new KernelArrays(new Random(rows), rows % 2 == 0 ? 8 : 3);
        KernelArrays.Array a = arrays.random(type, count * rows * inner, -1, 1);
        KernelArrays.Array b = arrays.random(type, count * inner * columns, -1, 1);
        KernelArrays.Array c = arrays.random(type, count * rows * columns, 0, 1);
        int[] grid = {(columns + tile - 1) / tile, (rows + tile - 1) / tile, count};
        arrays.launch(module, kernel + type.suffix(), grid, a, b, c, rows, columns, inner, 0.3f);
        for (int i = 0; i < c.length(); i++) {
            int row = i / columns;
            int product = row / rows;
            double sum = 0;
            double size = 0;
            for (int k = 0; k < inner; k++) {
                double term =
                        0.3f * a.before[row * inner + k] * b.before[(product * inner + k) * columns + i % columns];
                sum += term;
                size += Math.abs(term);
            }
            assertThat(c.after(i))
                    .as("element %d", i)
                    .isCloseTo(sum, within(type.rounding(sum) + (inner + 3) * 0x1p-24 * size));
        }
    }
}
