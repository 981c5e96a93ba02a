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
        Random random = new Random(20261129);
        return Stream.of(ElementType.BF16, ElementType.F16)
                .flatMap(t -> Stream.of(
                                new Shape(1, 1, 1, 1, 64, 0, 0, 1),
                                new Shape(1, 4, 2, 70, 64, 0, 0, 1),
                                new Shape(2, 2, 1, 140, 64, 0, 0, 1),
                                new Shape(1, 2, 1, 161, 128, 0, 0, 1),
                                new Shape(1, 1, 1, 200, 128, 70, 0, 1),
                                new Shape(1, 1, 1, 72, 64, 0, 1, 3),
                                new Shape(1, 3, 1, 1 + random.nextInt(160), 64, 1 + random.nextInt(60), 0, 1),
                                new Shape(1, 1, 1, 2 + 2 * random.nextInt(60), 128, 0, random.nextInt(2), 2))
                        .map(s -> Arguments.of(t, s)));
    }

    /** What double precision makes of an array, and how far off it may be for the rounding of what it is summed from. */
    private record Sums(double[] value, double[] slack) {
        Sums(int length) {
            this(new double[length], new double[length]);
        }
    }

    /** Arrays of a case, and what is to come of them if weights are rounded before they are multiplied. */
    private static final class Case {
        private final ElementType weights;
        private final Shape s;
        private final double[] q;
        private final double[] k;
        private final double[] v;
        private final double[] upstream;
        private final Sums out;
        private final Sums ofQueries;
        private final Sums ofKeys;
        private final Sums ofValues;

        Case(ElementType weights, Shape s, double[] q, double[] k, double[] v, double[] upstream) {
            this.weights = weights;
            this.s = s;
            this.q = q;
            this.k = k;
            this.v = v;
            this.upstream = upstream;
            this.out = new Sums(q.length);
            this.ofQueries = new Sums(q.length);
            this.ofKeys = new Sums(k.length);
            this.ofValues = new Sums(k.length);
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

        private void add(Sums to, int row, double factor, double[] from, int other) {
            for (int e = 0; e < s.head(); e++) {
                double term = from[other * s.head() + e];
                to.value()[row * s.head() + e] += factor * term;
                to.slack()[row * s.head() + e] += weights.rounding(factor) * Math.abs(term);
            }
        }
    }

    private static void check(String what, ElementType type, KernelArrays.Array got, Sums want) {
        for (int i = 0; i < got.length(); i++) {
            double value = want.value()[i];
            double slack = type.rounding(value) + want.slack()[i] + SINGLE * (1 + Math.abs(value));
            assertThat(got.after(i)).as("%s, element %d", what, i).isCloseTo(value, within(slack));
        }
    }

    /** The arrays of a launch, and what is expected of them. */
    private static final class Launches {
        private final ElementType type;
        private final Shape s;
        private final KernelArrays arrays;
        private final KernelArrays.Array q;
        private final KernelArrays.Array k;
        private final KernelArrays.Array v;
        private final KernelArrays.Array upstream;
        private final Case expected;

        Launches(ElementType type, ElementType weights, Shape s) {
            this.type = type;
            this.s = s;
            this.arrays = new KernelArrays(new Random(s.queries()), s.queries() % 5);
            this.q = arrays.random(type, s.queryElements(), -1, 1);
            this.k = arrays.random(type, s.keyElements(), -1, 1);
            this.v = arrays.random(type, s.keyElements(), -1, 1);
            this.upstream = arrays.random(type, s.queryElements(), -1, 1);
            this.expected = new Case(weights, s, q.before, k.before, v.before, upstream.before);
        }

        private KernelArrays.Array result(int length) {
            return arrays.random(type, length, 0, 1);
        }

        void forward(PtxModule module, String kernel, int tile) {
            KernelArrays.Array out = result(s.queryElements());
            int[] grid = s.grid(s.queries(), tile, s.heads());
            arrays.launch(module, kernel + type.suffix(), grid, s.arguments(q, k, v, out));
            check("output", type, out, expected.out);
        }

        void backward(PtxModule module, String prefix, String size, int tile) {
            KernelArrays.Array sums = arrays.pairs(s.queryElements() / s.head());
            KernelArrays.Array ofQueries = result(s.queryElements());
            KernelArrays.Array ofKeys = result(s.keyElements());
            KernelArrays.Array ofValues = result(s.keyElements());
            String suffix = size + type.suffix();
            int[] byQueries = s.grid(s.queries(), tile, s.heads());
            int[] byKeys = s.grid(s.keys(), tile, s.kvHeads());
            arrays.launch(module, prefix + "sums_" + suffix, byQueries, s.arguments(q, k, v, upstream, sums));
            Object[] ofSums = s.arguments(q, k, v, upstream, sums, ofQueries);
            arrays.launch(module, prefix + "queries_" + suffix, byQueries, ofSums);
            check("gradient of queries", type, ofQueries, expected.ofQueries);
            Object[] ofAll = s.arguments(q, k, v, upstream, sums, ofKeys, ofValues);
            arrays.launch(module, prefix + "keys_" + suffix, byKeys, ofAll);
            check("gradient of keys", type, ofKeys, expected.ofKeys);
            check("gradient of values", type, ofValues, expected.ofValues);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void forwardAndBackward(ElementType type, Shape s) {
        Launches launches = new Launches(type, ElementType.F32, s);
        launches.forward(PtxModule.ATTENTION, "attention_", TILE);
        launches.backward(PtxModule.ATTENTION, "attention_", "", TILE);
    }

    /** Weights are rounded before they are multiplied. */
    @ParameterizedTest
    @MethodSource("tensorShapes")
    void forwardAndBackwardOnTensorCores(ElementType type, Shape s) {
        Launches launches = new Launches(type, type, s);
        launches.forward(PtxModule.TENSOR_ATTENTION, "tensor_attention_" + s.head() + "_", 2 * TILE);
        launches.backward(PtxModule.TENSOR_ATTENTION_GRADIENT, "tensor_attention_", s.head() + "_", 2 * TILE);
    }
}
