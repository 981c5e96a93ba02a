package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against double precision, with shared heads of keys, windows, parts of a sequence, and tiles that are not full. */
@RequiresCompiler("g++")
class AttentionKernelsTest {
    private static final int TILE = 64;
    /** Of sums of some hundred terms of size one in single precision. */
    private static final double SINGLE = 2e-6;

    /** Sizes as the kernels take them. */
    private record Shape(
            int sequences, int heads, int kvHeads, int queries, int head, int window, int part, int parts) {
        int keys() {
            return queries * parts;
        }

        int queryElements() {
            return sequences * heads * queries * head;
        }

        int keyElements() {
            return sequences * kvHeads * keys() * head;
        }

        int position(int query) {
            int half = queries / 2;
            return parts == 1 ? query : query < half ? part * half + query : keys() - (part + 1) * half + query - half;
        }

        int first(int query) {
            return window == 0 ? 0 : Math.max(0, position(query) + 1 - window);
        }

        double factor() {
            return (float) (1 / Math.sqrt(head));
        }

        Object[] arguments(Object... arrays) {
            List<Object> all = new ArrayList<>(Arrays.asList(arrays));
            all.addAll(List.of(heads, kvHeads, queries, keys(), head, window, part, parts, (float) factor()));
            return all.toArray();
        }

        int[] grid(int length, int tile, int perSequence) {
            return new int[] {(length + tile - 1) / tile, perSequence, sequences};
        }
    }

    static Stream<Arguments> shapes() {
        return Stream.of(ElementType.values())
                .flatMap(t -> Stream.of(
                                new Shape(1, 1, 1, 1, 1, 0, 0, 1),
                                new Shape(2, 2, 1, 70, 5, 0, 0, 1),
                                new Shape(1, 4, 2, 130, 64, 0, 0, 1),
                                new Shape(1, 1, 1, 150, 33, 40, 0, 1),
                                new Shape(1, 2, 2, 36, 16, 0, 1, 3),
                                new Shape(1, 1, 1, 66, 130, 0, 0, 1))
                        .map(s -> Arguments.of(t, s)));
    }

    static Stream<Arguments> tensorShapes() {
        return Stream.of(ElementType.BF16, ElementType.F16)
                .flatMap(t -> Stream.of(
                                new Shape(1, 1, 1, 1, 64, 0, 0, 1),
                                new Shape(2, 4, 2, 150, 64, 0, 0, 1),
                                new Shape(1, 2, 1, 270, 128, 0, 0, 1),
                                new Shape(1, 1, 1, 200, 128, 70, 0, 1),
                                new Shape(1, 1, 1, 72, 64, 0, 1, 3))
                        .map(s -> Arguments.of(t, s)));
    }

    /** Arrays of a case, and what double precision makes of them. */
    private static final class Case {
        private final Shape s;
        private final double[] q;
        private final double[] k;
        private final double[] v;
        private final double[] upstream;
        private final double[] out;
        private final double[] ofQueries;
        private final double[] ofKeys;
        private final double[] ofValues;

        Case(Shape s, double[] q, double[] k, double[] v, double[] upstream) {
            this.s = s;
            this.q = q;
            this.k = k;
            this.v = v;
            this.upstream = upstream;
            this.out = new double[q.length];
            this.ofQueries = new double[q.length];
            this.ofKeys = new double[k.length];
            this.ofValues = new double[k.length];
            for (int row = 0; row < q.length / s.head(); row++) {
                query(row);
            }
        }

        private void query(int row) {
            int query = row % s.queries();
            int head = row / s.queries() % s.heads();
            int sequence = row / s.queries() / s.heads();
            int keys = (sequence * s.kvHeads() + head / (s.heads() / s.kvHeads())) * s.keys();
            int from = s.first(query);
            double[] p = new double[s.position(query) + 1];
            double sum = 0;
            for (int j = from; j < p.length; j++) {
                p[j] = Math.exp(s.factor() * dot(q, row, k, keys + j));
                sum += p[j];
            }
            double mean = 0;
            for (int j = from; j < p.length; j++) {
                p[j] /= sum;
                mean += p[j] * dot(upstream, row, v, keys + j);
                add(out, row, p[j], v, keys + j);
                add(ofValues, keys + j, p[j], upstream, row);
            }
            for (int j = from; j < p.length; j++) {
                double d = s.factor() * p[j] * (dot(upstream, row, v, keys + j) - mean);
                add(ofQueries, row, d, k, keys + j);
                add(ofKeys, keys + j, d, q, row);
            }
        }

        private double dot(double[] a, int row, double[] b, int other) {
            double sum = 0;
            for (int e = 0; e < s.head(); e++) {
                sum += a[row * s.head() + e] * b[other * s.head() + e];
            }
            return sum;
        }

        private void add(double[] to, int row, double factor, double[] from, int other) {
            for (int e = 0; e < s.head(); e++) {
                to[row * s.head() + e] += factor * from[other * s.head() + e];
            }
        }
    }

    private static void check(
            String what, ElementType type, KernelArrays.Array got, double[] want, double sumsRounding) {
        for (int i = 0; i < want.length; i++) {
            double slack = type.rounding(want[i]) + sumsRounding * (1 + Math.abs(want[i]));
            assertThat(got.after(i)).as("%s, element %d", what, i).isCloseTo(want[i], within(slack));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void forwardAndBackward(ElementType type, Shape s) {
        KernelArrays arrays = new KernelArrays(new Random(s.queries()), s.queries() % 5);
        KernelArrays.Array q = arrays.random(type, s.queryElements(), -1, 1);
        KernelArrays.Array k = arrays.random(type, s.keyElements(), -1, 1);
        KernelArrays.Array v = arrays.random(type, s.keyElements(), -1, 1);
        KernelArrays.Array upstream = arrays.random(type, s.queryElements(), -1, 1);
        Case expected = new Case(s, q.before, k.before, v.before, upstream.before);

        KernelArrays.Array out = arrays.random(type, s.queryElements(), 0, 1);
        int[] byQueries = s.grid(s.queries(), TILE, s.heads());
        launch(arrays, "attention_", type, byQueries, s.arguments(q, k, v, out));
        check("output", type, out, expected.out, SINGLE);

        KernelArrays.Array sums = arrays.pairs(s.queryElements() / s.head());
        KernelArrays.Array ofQueries = arrays.random(type, s.queryElements(), 0, 1);
        KernelArrays.Array ofKeys = arrays.random(type, s.keyElements(), 0, 1);
        KernelArrays.Array ofValues = arrays.random(type, s.keyElements(), 0, 1);
        launch(arrays, "attention_sums_", type, byQueries, s.arguments(q, k, v, upstream, sums));
        launch(arrays, "attention_queries_", type, byQueries, s.arguments(q, k, v, upstream, sums, ofQueries));
        check("gradient of queries", type, ofQueries, expected.ofQueries, SINGLE);
        launch(
                arrays,
                "attention_keys_",
                type,
                s.grid(s.keys(), TILE, s.kvHeads()),
                s.arguments(q, k, v, upstream, sums, ofKeys, ofValues));
        check("gradient of keys", type, ofKeys, expected.ofKeys, SINGLE);
        check("gradient of values", type, ofValues, expected.ofValues, SINGLE);
    }

    /** Weights are rounded before they are multiplied with values of size one. */
    @ParameterizedTest
    @MethodSource("tensorShapes")
    void forwardOnTensorCores(ElementType type, Shape s) {
        KernelArrays arrays = new KernelArrays(new Random(s.queries()), s.queries() % 5);
        KernelArrays.Array q = arrays.random(type, s.queryElements(), -1, 1);
        KernelArrays.Array k = arrays.random(type, s.keyElements(), -1, 1);
        KernelArrays.Array v = arrays.random(type, s.keyElements(), -1, 1);
        KernelArrays.Array out = arrays.random(type, s.queryElements(), 0, 1);
        Case expected = new Case(s, q.before, k.before, v.before, q.before);
        arrays.launch(
                PtxModule.TENSOR_ATTENTION,
                "tensor_attention_" + s.head() + "_" + type.suffix(),
                s.grid(s.queries(), 2 * TILE, s.heads()),
                s.arguments(q, k, v, out));
        check("output", type, out, expected.out, SINGLE + type.rounding(1));
    }

    private static void launch(KernelArrays arrays, String kernel, ElementType type, int[] grid, Object[] arguments) {
        arrays.launch(PtxModule.ATTENTION, kernel + type.suffix(), grid, arguments);
    }
}
