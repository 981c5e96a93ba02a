package dev.kneepoint.testkit;

import dev.kneepoint.spi.AttentionShape;

/** The ops in double precision, as plainly as their definitions. */
final class Reference {
    /** A result and the sum of the magnitudes that went into each element. */
    record Value(double[] value, double[] magnitude) {
        static Value of(int length) {
            return new Value(new double[length], new double[length]);
        }

        void add(int at, double term) {
            value[at] += term;
            magnitude[at] += Math.abs(term);
        }
    }

    private Reference() {}

    static Value matmul(float[] a, float[] b, int rows, int columns, int inner) {
        Value out = Value.of(rows * columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                for (int k = 0; k < inner; k++) {
                    out.add(i * columns + j, (double) a[i * inner + k] * b[k * columns + j]);
                }
            }
        }
        return out;
    }

    static double[] softmax(double[] x, int at, int length) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
            most = Math.max(most, x[at + i]);
        }
        double sum = 0;
        double[] out = new double[length];
        for (int i = 0; i < length; i++) {
            out[i] = Math.exp(x[at + i] - most);
            sum += out[i];
        }
        for (int i = 0; i < length; i++) {
            out[i] /= sum;
        }
        return out;
    }

    static double[] doubles(float[] x) {
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i];
        }
        return out;
    }

    static double[] softmax(float[] x, int width) {
        double[] all = doubles(x);
        double[] out = new double[x.length];
        for (int at = 0; at < x.length; at += width) {
            System.arraycopy(softmax(all, at, width), 0, out, at, width);
        }
        return out;
    }

    static double[] norm(float[] x, float[] weight) {
        int width = weight.length;
        double[] out = new double[x.length];
        for (int at = 0; at < x.length; at += width) {
            double square = 0;
            for (int i = 0; i < width; i++) {
                square += (double) x[at + i] * x[at + i];
            }
            double inverse = 1 / Math.sqrt(square / width + 1e-5);
            for (int i = 0; i < width; i++) {
                out[at + i] = weight[i] * x[at + i] * inverse;
            }
        }
        return out;
    }

    static double[] activation(float[] gate, float[] up) {
        double[] out = new double[gate.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        return out;
    }

    static Value rotary(float[] x, int length, int headSize) {
        Value out = Value.of(x.length);
        for (int at = 0; at < x.length; at += 2) {
            int position = at / headSize % length;
            double angle = position * Math.pow(10_000, -(double) (at % headSize) / headSize);
            out.add(at, x[at] * Math.cos(angle));
            out.add(at, -x[at + 1] * Math.sin(angle));
            out.add(at + 1, x[at] * Math.sin(angle));
            out.add(at + 1, x[at + 1] * Math.cos(angle));
        }
        return out;
    }

    static double[][] adamw(float[] p, float[] g, float[] m, float[] v, int step) {
        double[][] out = {new double[p.length], new double[p.length], new double[p.length]};
        for (int i = 0; i < p.length; i++) {
            double first = 0.9 * m[i] + 0.1 * g[i];
            double second = 0.95 * v[i] + 0.05 * g[i] * (double) g[i];
            double update = first / (1 - Math.pow(0.9, step)) / (Math.sqrt(second / (1 - Math.pow(0.95, step))) + 1e-8);
            out[0][i] = p[i] - 1e-3 * (update + 0.1 * p[i]);
            out[1][i] = first;
            out[2][i] = second;
        }
        return out;
    }

    /** Results of attention and of its gradient, and how large the terms of each were. */
    record Attention(Value output, Value queries, Value keys, Value values, double largestScore) {}

    static Attention attention(AttentionShape s, float[] q, float[] k, float[] v, float[] go) {
        int d = s.headSize();
        Value out = Value.of(q.length);
        Value gq = Value.of(q.length);
        Value gk = Value.of(k.length);
        Value gv = Value.of(v.length);
        double largest = 0;
        int share = s.heads() / s.keyValueHeads();
        for (int sh = 0; sh < s.sequences() * s.heads(); sh++) {
            int head = sh / s.heads() * s.keyValueHeads() + sh % s.heads() / share;
            for (int i = 0; i < s.queries(); i++) {
                int at = (sh * s.queries() + i) * d;
                int first = s.firstKey(i);
                int n = s.position(i) + 1 - first;
                int keys = (head * s.keys() + first) * d;
                double[] score = new double[n];
                double[] up = new double[n];
                double upSize = 0;
                for (int j = 0; j < n; j++) {
                    for (int e = 0; e < d; e++) {
                        score[j] += q[at + e] * (double) k[keys + j * d + e] / Math.sqrt(d);
                        up[j] += go[at + e] * (double) v[keys + j * d + e];
                        upSize = Math.max(upSize, Math.abs(go[at + e] * v[keys + j * d + e]) * d);
                    }
                    largest = Math.max(largest, Math.abs(score[j]));
                }
                double[] p = softmax(score, 0, n);
                double mean = 0;
                for (int j = 0; j < n; j++) {
                    mean += p[j] * up[j];
                }
                for (int j = 0; j < n; j++) {
                    double g = p[j] * (up[j] - mean) / Math.sqrt(d);
                    double size = p[j] * 2 * upSize / Math.sqrt(d);
                    for (int e = 0; e < d; e++) {
                        int key = keys + j * d + e;
                        out.add(at + e, p[j] * v[key]);
                        gv.add(key, p[j] * go[at + e]);
                        gq.value()[at + e] += g * k[key];
                        gq.magnitude()[at + e] += Math.abs(size * k[key]);
                        gk.value()[key] += g * q[at + e];
                        gk.magnitude()[key] += Math.abs(size * q[at + e]);
                    }
                }
            }
        }
        return new Attention(out, gq, gk, gv, largest);
    }
}
