package dev.kneepoint.testkit;

import static dev.kneepoint.testkit.Expect.expectThrows;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.Numerics;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Every compute op on random inputs against the reference. */
final class ArithmeticBattery {
    private static final long SEED = 20261124;
    /** Sizes around powers of two and vector lengths, where loops have their ends. */
    private static final int[] LENGTHS = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 257};

    private ArithmeticBattery() {}

    static List<Check> checks(Subject subject) {
        if (!subject.computes()) {
            return List.of(new Check(
                    "a backend without arithmetic says so every time",
                    s -> s.with(b -> {
                        Expect.that(b.numerics().isEmpty(), "numerics() is empty once and present another time");
                        Expect.that(
                                b.capabilities().provenance() == Provenance.SIMULATED,
                                "a backend that runs on hardware must show its arithmetic in numerics()");
                    })));
        }
        List<Check> out = new ArrayList<>();
        ops().forEach((name, body) -> out.add(new Check(name, s -> s.numerics(body))));
        return out;
    }

    /** What must hold of each compute op, by name. */
    static Map<String, Consumer<Numerics>> ops() {
        Map<String, Consumer<Numerics>> out = new LinkedHashMap<>();
        out.put("matmul is right for odd sizes", ArithmeticBattery::matmul);
        out.put("attention is right", n -> attention(n, false));
        out.put("attention's gradient is right", n -> attention(n, true));
        out.put("norm is right", ArithmeticBattery::norm);
        out.put("activation is right", ArithmeticBattery::activation);
        out.put("rotary embedding is right", ArithmeticBattery::rotary);
        out.put("softmax is right, for large values too", ArithmeticBattery::softmax);
        out.put("the loss's gradient is right", ArithmeticBattery::loss);
        out.put("rows are gathered", ArithmeticBattery::gatherRows);
        out.put("quantisation rounds to the nearest FP8 value", ArithmeticBattery::quantise);
        out.put("AdamW is right", ArithmeticBattery::adamw);
        out.put("lengths that do not fit are refused", ArithmeticBattery::refusals);
        return out;
    }

    private static void matmul(Numerics n) {
        Data data = new Data(SEED);
        for (int i = 0; i < 40; i++) {
            int rows = LENGTHS[data.random.nextInt(LENGTHS.length)];
            int columns = LENGTHS[data.random.nextInt(LENGTHS.length)];
            int inner = i == 0 ? 600 : LENGTHS[data.random.nextInt(LENGTHS.length)];
            float[] a = data.floats(rows * inner);
            float[] b = data.floats(inner * columns);
            float[] before = a.clone();
            Reference.Value expected = Reference.matmul(a, b, rows, columns, inner);
            String what = "matmul " + rows + "x" + columns + "x" + inner;
            Close.check(what, n.matmul(a, b, rows, columns, inner), expected.value(), expected.magnitude(), inner + 2);
            Close.same(what + " changes its argument", a, before);
        }
    }

    private static void attention(Numerics n, boolean gradient) {
        Data data = new Data(SEED + 1);
        for (int i = 0; i < 25; i++) {
            AttentionShape s = shape(data, i);
            float[] q = data.floats(s.queryElements());
            float[] k = data.floats(s.keyElements());
            float[] v = data.floats(s.keyElements());
            float[] go = data.floats(s.queryElements());
            Reference.Attention r = Reference.attention(s, q, k, v, go);
            // An error in a score is an error of the probability: roundings of the score times its size, twice.
            double score = 2 * (s.headSize() + 3) * Math.max(1, r.largestScore());
            double roundings = s.keys() + s.headSize() + 2 * score + 16;
            if (gradient) {
                float[][] g = n.attentionGradient(s, q, k, v, go);
                double more = roundings + s.sequences() * s.heads() * s.queries();
                Close.check(
                        s + " queries", g[0], r.queries().value(), r.queries().magnitude(), more);
                Close.check(s + " keys", g[1], r.keys().value(), r.keys().magnitude(), more);
                Close.check(s + " values", g[2], r.values().value(), r.values().magnitude(), more);
            } else {
                Close.check(
                        s.toString(),
                        n.attention(s, q, k, v),
                        r.output().value(),
                        r.output().magnitude(),
                        roundings);
            }
        }
    }

    private static AttentionShape shape(Data data, int i) {
        int kv = data.size(3);
        int heads = kv * data.size(3);
        int parts = i % 3 == 2 ? 2 + data.random.nextInt(2) : 1;
        int queries = parts == 1 ? data.size(90) : 2 * data.size(20);
        int window = i % 4 == 3 ? data.size(queries) : 0;
        int part = data.random.nextInt(parts);
        return new AttentionShape(
                data.size(2), heads, kv, queries, queries * parts, data.size(40), window, part, parts);
    }

    private static void norm(Numerics n) {
        Data data = new Data(SEED + 2);
        for (int width : LENGTHS) {
            float[] x = data.floats(3 * width);
            float[] weight = data.floats(width);
            Close.relative("norm of " + width, n.norm(x, weight), Reference.norm(x, weight), width + 8);
        }
    }

    private static void activation(Numerics n) {
        Data data = new Data(SEED + 3);
        for (int length : LENGTHS) {
            float[] gate = data.floats(length);
            float[] up = data.floats(length);
            gate[0] = 40;
            gate[length - 1] = -80;
            Close.relative("activation of " + length, n.activation(gate, up), Reference.activation(gate, up), 16);
        }
    }

    private static void rotary(Numerics n) {
        Data data = new Data(SEED + 4);
        for (int half : LENGTHS) {
            int length = data.size(20);
            float[] x = data.floats(2 * length * 2 * half);
            Reference.Value expected = Reference.rotary(x, length, 2 * half);
            Close.check(
                    "rotary of " + 2 * half,
                    n.rotary(x, length, 2 * half),
                    expected.value(),
                    expected.magnitude(),
                    4 + length);
        }
    }

    private static void softmax(Numerics n) {
        Data data = new Data(SEED + 5);
        for (int width : LENGTHS) {
            float[] x = data.floats(3 * width);
            x[0] = 500;
            Close.relative("softmax of " + width, n.softmax(x, width), Reference.softmax(x, width), width + 1100);
        }
    }

    private static void loss(Numerics n) {
        Data data = new Data(SEED + 6);
        for (int width : LENGTHS) {
            int rows = data.size(5);
            float[] x = data.floats(rows * width);
            int[] targets = data.indices(rows, width);
            double[] expected = Reference.softmax(x, width);
            double[] magnitude = expected.clone();
            for (int r = 0; r < rows; r++) {
                expected[r * width + targets[r]] -= 1;
                magnitude[r * width + targets[r]] += 1;
            }
            for (int i = 0; i < expected.length; i++) {
                expected[i] /= rows;
                magnitude[i] /= rows;
            }
            Close.check(
                    "loss gradient of " + width, n.lossGradient(x, targets, width), expected, magnitude, width + 32);
        }
    }

    private static void gatherRows(Numerics n) {
        Data data = new Data(SEED + 7);
        for (int width : LENGTHS) {
            float[] table = data.floats(9 * width);
            int[] rows = data.indices(14, 9);
            float[] expected = new float[14 * width];
            for (int r = 0; r < rows.length; r++) {
                System.arraycopy(table, rows[r] * width, expected, r * width, width);
            }
            Close.same("rows of " + width, n.gatherRows(table, rows, width), expected);
        }
    }

    /** A value's error is at most half a step of three mantissa bits, or of the smallest subnormal. */
    private static void quantise(Numerics n) {
        Data data = new Data(SEED + 8);
        for (int length : LENGTHS) {
            float[] x = data.floats(length);
            float[] got = n.quantise(x);
            float most = 0;
            for (float f : x) {
                most = Math.max(most, Math.abs(f));
            }
            Set<Float> distinct = new HashSet<>();
            for (int i = 0; i < length; i++) {
                double step = Math.max(Math.abs(x[i]) / 16, most / 448 * 0x1p-10);
                Expect.that(
                        Math.abs(got[i] - x[i]) <= step * (1 + 1e-5),
                        "quantise: " + x[i] + " became " + got[i] + ", more than " + step + " away");
                distinct.add(got[i]);
            }
            Expect.that(distinct.size() <= 253, "quantise leaves more values than FP8 has");
            Close.same("quantise twice", n.quantise(got), got);
        }
        float[] plain = {448, 17, 18, 0.30f, -0.0009f};
        Close.same("known FP8 values", n.quantise(plain), new float[] {448, 16, 18, 0.3125f, 0.0f * -1});
    }

    private static void adamw(Numerics n) {
        Data data = new Data(SEED + 9);
        for (int length : LENGTHS) {
            float[] p = data.floats(length);
            float[] g = data.floats(length);
            float[] m = data.floats(length);
            float[] v = data.floats(length);
            for (int i = 0; i < length; i++) {
                v[i] = v[i] * v[i];
            }
            double[][] expected = Reference.adamw(p, g, m, v, 3);
            float[][] got = n.adamw(p, g, m, v, 3);
            double[] size = new double[length];
            for (int i = 0; i < length; i++) {
                size[i] = Math.abs(p[i]) + Math.abs(expected[0][i]) + Math.abs(m[i]) + Math.abs(g[i]);
            }
            Close.check("AdamW parameters", got[0], expected[0], size, 16);
            Close.check("AdamW first moments", got[1], expected[1], size, 4);
            Close.relative("AdamW second moments", got[2], expected[2], 8);
        }
    }

    private static void refusals(Numerics n) {
        float[] five = new float[5];
        expectThrows(
                IllegalArgumentException.class, "matmul of 5 elements as 2x3", () -> n.matmul(five, five, 2, 2, 3));
        expectThrows(IllegalArgumentException.class, "activation of 5 and 4", () -> n.activation(five, new float[4]));
        expectThrows(IllegalArgumentException.class, "softmax of 5 in rows of 2", () -> n.softmax(five, 2));
        expectThrows(
                IllegalArgumentException.class,
                "a target outside",
                () -> n.lossGradient(new float[4], new int[] {0, 2}, 2));
    }
}
