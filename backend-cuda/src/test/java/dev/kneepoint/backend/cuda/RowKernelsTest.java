package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against double precision, on rows that do and do not fill packs and blocks. */
@RequiresCompiler("g++")
class RowKernelsTest {
    /** Sums of some thousand terms of one sign, exponentials of differences, and divisions. */
    private static final double SINGLE = 64 * 0x1p-24;

    static Stream<Arguments> shapes() {
        Random random = new Random(20261127);
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(1, 64, 1030, 1 + random.nextInt(3000))
                        .flatMap(w -> Stream.of(0, 1 + random.nextInt(7)).map(f -> Arguments.of(t, w, f))));
    }

    private static final int ROWS = 5;
    private static final int[] GRID = {2, 1, 1};

    private static void check(ElementType type, KernelArrays.Array got, int at, double want) {
        assertThat(got.after(at))
                .as("element %d", at)
                .isCloseTo(want, within(type.rounding(want) + SINGLE * Math.abs(want)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void norm(ElementType type, int width, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(width), fence);
        KernelArrays.Array x = arrays.random(type, ROWS * width, -3, 3);
        KernelArrays.Array weight = arrays.random(type, width, 0, 2);
        KernelArrays.Array out = arrays.random(type, ROWS * width, 0, 1);
        arrays.launch(PtxModule.ROWS, "norm_" + type.suffix(), GRID, x, weight, out, ROWS, width);
        for (int r = 0; r < ROWS; r++) {
            double squares = 0;
            for (int i = 0; i < width; i++) {
                squares += x.before[r * width + i] * x.before[r * width + i];
            }
            double inverse = 1 / Math.sqrt(squares / width + 1e-5);
            for (int i = 0; i < width; i++) {
                check(type, out, r * width + i, weight.before[i] * x.before[r * width + i] * inverse);
            }
        }
    }

    private static double[] softmax(double[] x, int row, int width) {
        double[] out = Arrays.copyOfRange(x, row * width, (row + 1) * width);
        double peak = Arrays.stream(out).max().orElseThrow();
        double sum = 0;
        for (int i = 0; i < width; i++) {
            out[i] = Math.exp(out[i] - peak);
            sum += out[i];
        }
        for (int i = 0; i < width; i++) {
            out[i] /= sum;
        }
        return out;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void softmaxAndLossGradient(ElementType type, int width, int fence) {
        Random random = new Random(width);
        KernelArrays arrays = new KernelArrays(random, fence);
        KernelArrays.Array x = arrays.random(type, ROWS * width, -20, 20);
        KernelArrays.Array out = arrays.random(type, ROWS * width, 0, 1);
        int[] targets =
                IntStream.generate(() -> random.nextInt(width)).limit(ROWS).toArray();
        KernelHarness.Pointer where = arrays.of(targets);
        arrays.launch(PtxModule.ROWS, "softmax_" + type.suffix(), GRID, x, out, ROWS, width);
        for (int r = 0; r < ROWS; r++) {
            double[] want = softmax(x.before, r, width);
            for (int i = 0; i < width; i++) {
                check(type, out, r * width + i, want[i]);
            }
        }
        arrays.launch(PtxModule.ROWS, "loss_gradient_" + type.suffix(), GRID, x, where, out, ROWS, width);
        for (int r = 0; r < ROWS; r++) {
            double[] want = softmax(x.before, r, width);
            for (int i = 0; i < width; i++) {
                double value = (want[i] - (i == targets[r] ? 1 : 0)) / ROWS;
                assertThat(out.after(r * width + i))
                        .as("row %d, column %d", r, i)
                        .isCloseTo(value, within(type.rounding(value) + SINGLE * want[i] / ROWS));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void gatherRows(ElementType type, int width, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(width), fence);
        KernelArrays.Array table = arrays.random(type, 4 * width, -2, 2);
        KernelArrays.Array out = arrays.random(type, ROWS * width, 0, 1);
        int[] rows = {3, 0, 3, 1, 2};
        arrays.launch(PtxModule.ROWS, "gather_rows_" + type.suffix(), GRID, table, arrays.of(rows), out, ROWS, width);
        for (int i = 0; i < ROWS * width; i++) {
            assertThat(out.after(i)).isEqualTo(table.before[rows[i / width] * width + i % width]);
        }
    }

    static Stream<Arguments> heads() {
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(2, 10, 64, 128).map(h -> Arguments.of(t, h)));
    }

    private static float[] turns(int head, int step, int positions) {
        float[] out = new float[head * positions];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < head; i += 2) {
                double angle = (double) p * step * Math.pow(10_000, -(double) i / head);
                out[p * head + i] = (float) Math.cos(angle);
                out[p * head + i + 1] = (float) Math.sin(angle);
            }
        }
        return out;
    }

    @ParameterizedTest
    @MethodSource("heads")
    void rotary(ElementType type, int head) {
        int length = 700;
        int rows = 2 * length + 3;
        KernelArrays arrays = new KernelArrays(new Random(head), 0);
        KernelArrays.Array x = arrays.random(type, rows * head, -2, 2);
        KernelArrays.Array near = arrays.of(turns(head, 1, 256));
        KernelArrays.Array far = arrays.of(turns(head, 256, 3));
        KernelArrays.Array out = arrays.random(type, rows * head, 0, 1);
        arrays.launch(PtxModule.ROWS, "rotary_" + type.suffix(), GRID, x, near, far, out, rows, length, head);
        for (int i = 0; i < rows * head; i += 2) {
            double angle = i / head % length * Math.pow(10_000, -(double) (i % head) / head);
            double even = x.before[i] * Math.cos(angle) - x.before[i + 1] * Math.sin(angle);
            double odd = x.before[i] * Math.sin(angle) + x.before[i + 1] * Math.cos(angle);
            assertThat(out.after(i)).isCloseTo(even, within(type.rounding(even) + SINGLE));
            assertThat(out.after(i + 1)).isCloseTo(odd, within(type.rounding(odd) + SINGLE));
        }
    }
}
