package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** On the double, against double precision. */
@RequiresCompiler("g++")
class CublasLtTest extends OnCublasLt {
    private static final float SCALE = 0.5f;

    // Products

    private static Fp8Shape gradients(Fp8Type left, Fp8Type right) {
        return new Fp8Shape(5, 32, 48, 64, left, right, Fp8Shape.Output.BF16, false);
    }

    static Stream<Fp8Shape> shapes() {
        Random random = new Random(20261202);
        return Stream.concat(
                Stream.of(
                        SMALL,
                        new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false),
                        gradients(Fp8Type.E5M2, Fp8Type.E4M3),
                        gradients(Fp8Type.E4M3, Fp8Type.E5M2)),
                Stream.generate(() -> new Fp8Shape(
                                random.nextInt(1, 70),
                                16 * random.nextInt(1, 5),
                                16 * random.nextInt(1, 7),
                                random.nextInt(7, 9) * 16,
                                random.nextInt(3) == 0 ? Fp8Type.E5M2 : Fp8Type.E4M3,
                                Fp8Type.E4M3,
                                random.nextBoolean() ? Fp8Shape.Output.BF16 : Fp8Shape.Output.F32,
                                random.nextBoolean()))
                        .limit(10));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void products_areThoseOfDoublePrecision(Fp8Shape shape) {
        ElementType output = shape.output() == Fp8Shape.Output.BF16 ? ElementType.BF16 : ElementType.F32;
        Random random = new Random(shape.hashCode());
        Fp8Codes left = Fp8Codes.of(shape.left());
        Fp8Codes right = Fp8Codes.of(shape.right());
        MemorySegment a = codes(left, shape.rows() * shape.inner(), random);
        MemorySegment b = codes(right, shape.columns() * shape.pitch(), random);
        HostArray d = HostArray.random(arena, output, shape.rows() * shape.columns(), random);
        lt.matmul(shape, SCALE, a.address(), aScale.address(), b.address(), bScale.address(), d.address());
        for (int i = 0; i < d.length(); i++) {
            double sum = 0;
            double size = 0;
            for (int k = 0; k < shape.inner(); k++) {
                double x = value(left, a, (long) (i / shape.columns()) * shape.inner() + k);
                double y = value(right, b, (long) (i % shape.columns()) * shape.pitch() + k);
                double term = (double) SCALE * A_SCALE * B_SCALE * x * y;
                sum += term;
                size += Math.abs(term);
            }
            d.assertClose(i, sum, output.rounding(sum) + 0x1p-24 * size);
        }
        d.assertFenceIsUntouched();
    }

    /** Every code of a number. */
    private MemorySegment codes(Fp8Codes format, int length, Random random) {
        MemorySegment memory = arena.allocate(length, CublasLt.ALIGNMENT);
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(format.largest + 1) | random.nextInt(2) << 7));
        }
        return memory;
    }

    private static double value(Fp8Codes format, MemorySegment codes, long index) {
        return format.value(codes.get(ValueLayout.JAVA_BYTE, index) & 0xff);
    }

    @Test
    void scales_mayChangeBetweenProducts() {
        HostArray two = HostArray.of(arena, ElementType.F32, 2);
        HostArray d = HostArray.of(arena, ElementType.F32, new float[16]);
        MemorySegment ones = arena.allocate(16 * 16, CublasLt.ALIGNMENT).fill((byte) 0x38);
        Fp8Shape shape = new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false);
        lt.matmul(shape, 1, ones.address(), aScale.address(), ones.address(), two.address(), d.address());
        assertThat(d.get(0)).isEqualTo(2 * 16 * A_SCALE);
        lt.matmul(shape, 1, ones.address(), two.address(), ones.address(), two.address(), d.address());
        assertThat(d.get(0)).isEqualTo(4 * 16);
    }

    @Test
    void withoutAScale_itIsOne() {
        HostArray d = HostArray.of(arena, ElementType.F32, new float[16]);
        MemorySegment ones = arena.allocate(16 * 16, CublasLt.ALIGNMENT).fill((byte) 0x38);
        Fp8Shape shape = new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false);
        lt.matmul(shape, 1, ones.address(), aScale.address(), ones.address(), bScale.address(), d.address());
        lt.matmul(shape, 1, ones.address(), 0, ones.address(), 0, d.address());
        assertThat(d.get(0)).isEqualTo(16);
    }

    @Test
    void fastAccumulation_isAskedFor() {
        int before = controls.fastProducts();
        product(SMALL);
        assertThat(controls.fastProducts()).isEqualTo(before + 1);
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, false));
        assertThat(controls.fastProducts()).isEqualTo(before + 1);
    }

    // Plans

    @Test
    void plans_areKeptByShape() {
        product(SMALL);
        int handles = controls.handles();
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, true));
        assertThat(controls.handles()).isEqualTo(handles);
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, false));
        assertThat(controls.handles()).isGreaterThan(handles);
    }

    @Test
    void prepare_makesThePlan() {
        lt.prepare(SMALL);
        int handles = controls.handles();
        product(SMALL);
        assertThat(controls.handles()).isEqualTo(handles);
    }

    @Test
    void anotherSizeOfWorkspace_givesPlansUp() {
        product(SMALL);
        lt.workspace(workspace(256), 4096);
        assertThat(controls.handles()).isGreaterThan(1);
        lt.workspace(workspace(256), 256);
        assertThat(controls.handles()).isEqualTo(1);
        product(SMALL);
    }

    @Test
    void products_needNoWorkspace() {
        lt.close();
        lt = CublasLt.open(library);
        lt.stream(STREAM);
        product(SMALL);
    }

    // Cost

    @ParameterizedTest
    @EnumSource(Fp8Shape.Output.class)
    void calls_allocateNothing(Fp8Shape.Output output) {
        Fp8Shape shape = new Fp8Shape(1, 16, 16, output, true);
        long a = arena.allocate(256, CublasLt.ALIGNMENT).address();
        long d = arena.allocate(64, CublasLt.ALIGNMENT).address();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                lt.matmul(shape, 1, a, aScale.address(), a, bScale.address(), d);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in 1000 calls").isLessThan(1000);
    }
}
