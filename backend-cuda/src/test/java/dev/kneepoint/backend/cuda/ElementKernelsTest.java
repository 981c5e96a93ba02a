package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against double precision, on lengths that do and do not fill packs, at aligned and odd places. */
@RequiresCompiler("g++")
class ElementKernelsTest {
    /** Rounding of the few single-precision operations of a kernel. */
    private static final double SINGLE = 8 * 0x1p-24;

    static Stream<Arguments> shapes() {
        Random random = new Random(20261126);
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(1, 255, 4099, 1 + random.nextInt(9000))
                        .flatMap(n -> Stream.of(0, 8, 1 + random.nextInt(7)).map(f -> Arguments.of(t, n, f))));
    }

    private static void check(
            ElementType type, KernelArrays.Array got, IntToDoubleFunction want, IntToDoubleFunction size) {
        for (int i = 0; i < got.length(); i++) {
            double expected = want.applyAsDouble(i);
            assertThat(got.after(i))
                    .as("element %d", i)
                    .isCloseTo(expected, within(type.rounding(expected) + SINGLE * size.applyAsDouble(i)));
        }
    }

    private static int[] grid(int blocks) {
        return new int[] {blocks, 1, 1};
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void fillAndCopy(ElementType type, int length, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(length), fence);
        KernelArrays.Array x = arrays.random(type, length, -2, 2);
        KernelArrays.Array y = arrays.random(type, length, -2, 2);
        arrays.launch(PtxModule.ELEMENTS, "copy_" + type.suffix(), grid(3), x, y, (long) length);
        check(type, y, i -> x.before[i], i -> 0);
        arrays.launch(PtxModule.ELEMENTS, "fill_" + type.suffix(), grid(2), x, (long) length, 0.75f);
        check(type, x, i -> 0.75, i -> 0);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void sums(ElementType type, int length, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(length), fence);
        KernelArrays.Array a = arrays.random(type, length, -2, 2);
        KernelArrays.Array b = arrays.random(type, length, -2, 2);
        KernelArrays.Array c = arrays.random(type, length, -2, 2);
        KernelArrays.Array d = arrays.random(type, length, -2, 2);
        arrays.launch(PtxModule.ELEMENTS, "triad_" + type.suffix(), grid(2), c, a, b, 3f, (long) length);
        check(type, c, i -> a.before[i] + 3 * b.before[i], i -> 8);
        arrays.launch(PtxModule.ELEMENTS, "scale_" + type.suffix(), grid(2), d, (long) length, 0.3f);
        check(type, d, i -> 0.3f * d.before[i], i -> 1);
        arrays.launch(PtxModule.ELEMENTS, "add_" + type.suffix(), grid(2), a, b, a, (long) length);
        check(type, a, i -> a.before[i] + b.before[i], i -> 4);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void activation(ElementType type, int length, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(length), fence);
        KernelArrays.Array gate = arrays.random(type, length, -9, 9);
        KernelArrays.Array up = arrays.random(type, length, -2, 2);
        KernelArrays.Array out = arrays.random(type, length, 0, 1);
        arrays.launch(PtxModule.ELEMENTS, "activation_" + type.suffix(), grid(2), gate, up, out, (long) length);
        IntToDoubleFunction want = i -> gate.before[i] / (1 + Math.exp(-gate.before[i])) * up.before[i];
        check(type, out, want, i -> Math.abs(want.applyAsDouble(i)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void adamw(ElementType type, int length, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(length), fence);
        KernelArrays.Array p = arrays.random(ElementType.F32, length, -2, 2);
        KernelArrays.Array g = arrays.random(type, length, -2, 2);
        KernelArrays.Array m = arrays.random(ElementType.F32, length, -1, 1);
        KernelArrays.Array v = arrays.random(ElementType.F32, length, 0, 1);
        float a = (float) (1 / (1 - Math.pow(0.9, 3)));
        float b = (float) (1 / (1 - Math.pow(0.95, 3)));
        arrays.launch(PtxModule.ELEMENTS, "adamw_" + type.suffix(), grid(2), p, g, m, v, (long) length, a, b);
        IntToDoubleFunction first = i -> 0.9f * m.before[i] + 0.1f * g.before[i];
        IntToDoubleFunction second = i -> 0.95f * v.before[i] + 0.05f * g.before[i] * g.before[i];
        check(ElementType.F32, m, first, i -> 3);
        check(ElementType.F32, v, second, i -> 2);
        check(
                ElementType.F32,
                p,
                i -> p.before[i]
                        - 1e-3f
                                * (first.applyAsDouble(i) * a / (Math.sqrt(second.applyAsDouble(i) * b) + 1e-8f)
                                        + 0.1f * p.before[i]),
                i -> 3);
    }

    /** What is left lies on the grid of E4M3, and no further away than half a step. */
    @ParameterizedTest
    @MethodSource("shapes")
    void quantise(ElementType type, int length, int fence) {
        KernelArrays arrays = new KernelArrays(new Random(length), fence);
        KernelArrays.Array x = arrays.random(type, length, -5, 5);
        KernelArrays.Array found = arrays.random(ElementType.F32, 3, 0, 1);
        KernelArrays.Array out = arrays.random(type, length, 0, 1);
        arrays.launch(PtxModule.ELEMENTS, "largest_" + type.suffix(), grid(3), x, (long) length, found);
        double most = 0;
        for (double v : x.before) {
            most = Math.max(most, Math.abs(v));
        }
        double seen = Math.max(found.after(0), Math.max(found.after(1), found.after(2)));
        assertThat(seen).isEqualTo(most);
        arrays.launch(PtxModule.ELEMENTS, "quantise_" + type.suffix(), grid(2), x, found, 3, out, (long) length);
        double unit = most / 448;
        for (int i = 0; i < length; i++) {
            double scaled = Math.abs(x.before[i]) / unit;
            double step = Math.pow(2, Math.max(-6, Math.getExponent(scaled)) - 3);
            double slack = type.rounding(out.after(i)) + 1e-5 * step * unit;
            assertThat(out.after(i)).as("element %d", i).isCloseTo(x.before[i], within(step * unit / 2 + slack));
            double steps = out.after(i) / (step * unit);
            assertThat(steps)
                    .as("element %d in steps", i)
                    .isCloseTo(Math.rint(steps), within(slack / (step * unit) + 1e-4));
        }
    }
}
