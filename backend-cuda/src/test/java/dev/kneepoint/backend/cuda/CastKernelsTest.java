package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bit for bit, against the definitions of the formats. */
@RequiresCompiler("g++")
class CastKernelsTest {
    private static final int ROWS = 128;
    private static final int COLUMNS = 64;

    private static float[] everyBf16() {
        float[] out = new float[1 << 16];
        for (int i = 0; i < out.length; i++) {
            out[i] = Float.intBitsToFloat(i << 16);
        }
        return out;
    }

    /** A scale of one, and one that is not a power of two. */
    @ParameterizedTest
    @EnumSource
    void everyBf16ToEightBits(Fp8Codes to) {
        float largest = to.largestValue();
        for (float most : new float[] {largest, 3}) {
            KernelArrays arrays = new KernelArrays(new Random(1), 0);
            KernelArrays.Array x = arrays.of(ElementType.BF16, everyBf16());
            KernelArrays.Array found = arrays.of(0, most, 1, 0);
            KernelArrays.Array inverse = arrays.of(0f);
            KernelArrays.Bytes out = arrays.bytes(x.length());
            arrays.launch(
                    PtxModule.CASTS,
                    "cast_" + to.suffix() + "_bf16",
                    new int[] {2, 1, 1},
                    x,
                    found,
                    4,
                    out,
                    inverse,
                    (long) x.length());
            assertThat((float) inverse.after(0)).isEqualTo(most / largest);
            for (int i = 0; i < x.length(); i++) {
                int want = to.nearest(largest / most * (float) x.before[i]);
                // The sign of what is no number is nobody's.
                int mask = Double.isNaN(x.before[i]) ? Fp8Codes.NAN : 0xff;
                assertThat(out.after(i) & mask)
                        .as("%s of %s", x.before[i], most)
                        .isEqualTo(want & mask);
            }
        }
    }

    static Stream<Arguments> shapes() {
        Random random = new Random(20261130);
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(Fp8Codes.values())
                        .flatMap(to -> Stream.of(
                                Arguments.of(t, to, 1, 1, 0),
                                Arguments.of(t, to, 128, 64, 0),
                                Arguments.of(t, to, 144, 136, 16),
                                Arguments.of(t, to, 131, 72, 8),
                                Arguments.of(
                                        t,
                                        to,
                                        1 + random.nextInt(300),
                                        1 + random.nextInt(200),
                                        1 + random.nextInt(15)))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void asItLiesAndTurned(ElementType type, Fp8Codes to, int rows, int columns, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(rows), fence);
        int length = rows * columns;
        KernelArrays.Array x = arrays.random(type, length, -5, 5);
        KernelArrays.Array found = arrays.random(ElementType.F32, 3, 0, 0.1);
        KernelArrays.Array inverse = arrays.of(0f);
        KernelArrays.Bytes plain = arrays.bytes(length);
        KernelArrays.Bytes turned = arrays.bytes(length);
        int[] grid = {3, 1, 1};
        String suffix = type.suffix();
        arrays.launch(PtxModule.ELEMENTS, "largest_" + suffix, grid, x, (long) length, found);
        arrays.launch(PtxModule.CASTS, "cast_" + to.suffix() + "_" + suffix, grid, x, found, 3, plain, inverse, (long)
                length);
        int[] tiles = {(columns + COLUMNS - 1) / COLUMNS, (rows + ROWS - 1) / ROWS, 1};
        arrays.launch(
                PtxModule.CASTS,
                "cast_transpose_" + to.suffix() + "_" + suffix,
                tiles,
                x,
                found,
                3,
                turned,
                inverse,
                rows,
                columns);
        float most = 0;
        for (double v : x.before) {
            most = Math.max(most, (float) Math.abs(v));
        }
        assertThat((float) inverse.after(0)).isEqualTo(most / to.largestValue());
        for (int i = 0; i < length; i++) {
            int want = to.nearest(to.largestValue() / most * (float) x.before[i]);
            assertThat(plain.after(i) & 0xff).as("element %d", i).isEqualTo(want);
            int there = i % columns * rows + i / columns;
            assertThat(turned.after(there) & 0xff).as("turned element %d", i).isEqualTo(want);
        }
    }

    /** Nothing to scale by, but a scale that has an inverse. */
    @ParameterizedTest
    @EnumSource
    void zerosStayZeros(Fp8Codes to) {
        KernelArrays arrays = new KernelArrays(new Random(1), 0);
        KernelArrays.Array x = arrays.of(ElementType.F32, new float[20]);
        KernelArrays.Array inverse = arrays.of(0f);
        KernelArrays.Bytes out = arrays.bytes(20);
        arrays.launch(
                PtxModule.CASTS,
                "cast_" + to.suffix() + "_f32",
                new int[] {1, 1, 1},
                x,
                arrays.of(0f, 0f),
                2,
                out,
                inverse,
                20L);
        assertThat(inverse.after(0)).isPositive();
        for (int i = 0; i < 20; i++) {
            assertThat(out.after(i)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void fromAndToSinglePrecision(ElementType type) {
        for (int fence : new int[] {0, 3}) {
            KernelArrays arrays = new KernelArrays(new Random(fence), fence);
            KernelArrays.Array wide = arrays.random(ElementType.F32, 4099, -3, 3);
            KernelArrays.Array narrow = arrays.random(type, 4099, 0, 1);
            KernelArrays.Array back = arrays.random(ElementType.F32, 4099, 0, 1);
            String suffix = type.suffix();
            int[] grid = {2, 1, 1};
            arrays.launch(PtxModule.CASTS, "convert_f32_" + suffix, grid, wide, narrow, 4099L);
            arrays.launch(PtxModule.CASTS, "convert_" + suffix + "_f32", grid, narrow, back, 4099L);
            for (int i = 0; i < 4099; i++) {
                assertThat((float) narrow.after(i)).isEqualTo(rounded(type, (float) wide.before[i]));
                assertThat(back.after(i)).isEqualTo(narrow.after(i));
            }
        }
    }

    private static float rounded(ElementType type, float x) {
        if (type == ElementType.F16) {
            return Float.float16ToFloat(Float.floatToFloat16(x));
        }
        int bits = Float.floatToRawIntBits(x);
        float low = Float.intBitsToFloat(bits & 0xffff0000);
        float high = Float.intBitsToFloat((bits & 0xffff0000) + 0x10000);
        double middle = ((double) low + high) / 2;
        boolean up = Math.abs(x) > Math.abs(middle) || x == middle && (bits & 0x10000) != 0;
        return up ? high : low;
    }
}
