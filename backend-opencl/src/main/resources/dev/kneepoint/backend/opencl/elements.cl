// Ops on elements that do not depend on each other, or on little more than that.

__kernel GROUP void nothing() {}

__kernel GROUP void fill(Out x, long x0, long n, float value) {
    EACH(i, n) {
        put(value, x + x0, i, n);
    }
}

__kernel GROUP void copy(In from, long from0, Out to, long to0, long n) {
    EACH(i, n) {
        put(get(from + from0, i, n), to + to0, i, n);
    }
}

__kernel GROUP void scale(Out x, long x0, long n, float factor) {
    EACH(i, n) {
        put(get(x + x0, i, n) * factor, x + x0, i, n);
    }
}

// c may be a or b.
__kernel GROUP void add(
        __global const float *a, long a0, __global const float *b, long b0, __global float *c, long c0, long n) {
    EACH(i, n) {
        put(get(a + a0, i, n) + get(b + b0, i, n), c + c0, i, n);
    }
}

__kernel GROUP void triad(Out a, In b, In c, float s, long n) {
    EACH(i, n) {
        put(get(b, i, n) + s * get(c, i, n), a, i, n);
    }
}

__kernel GROUP void activation(
        __global const float *gate, long gate0, __global const float *up, long up0, Out out, long n) {
    EACH(i, n) {
        VF g = get(gate + gate0, i, n);
        put(g / (1.0f + exp(-g)) * get(up + up0, i, n), out, i, n);
    }
}

__kernel GROUP void adamw(
        Out p, long p0, In g, long g0, Out first, long first0, Out second, long second0, long n,
        float first_scale, float second_scale) {
    p += p0;
    first += first0;
    second += second0;
    EACH(i, n) {
        VF gradient = get(g + g0, i, n);
        VF m = 0.9f * get(first, i, n) + 0.1f * gradient;
        VF v = 0.95f * get(second, i, n) + 0.05f * gradient * gradient;
        VF before = get(p, i, n);
        put(m, first, i, n);
        put(v, second, i, n);
        put(before - 1e-3f * (m * first_scale / (sqrt(v * second_scale) + 1e-8f) + 0.1f * before), p, i, n);
    }
}

// One magnitude per work-group.
__kernel GROUP void largest(In x, long n, Out found) {
    SHARED;
    VF most = 0.0f;
    EACH(i, n) {
        most = fmax(most, fabs(get(x, i, n)));
    }
    float all = ROW_LARGEST(most);
    if (LANE == 0) {
        found[get_group_id(0)] = all;
    }
}

// E4M3 has three bits of mantissa, a smallest exponent of -6 and a largest value of 448.
__kernel GROUP void quantise(In x, In found, int groups, Out out, long n) {
    float most = 0.0f;
    for (int g = 0; g < groups; g++) {
        most = fmax(most, found[g]);
    }
    float unit = most / 448.0f;
    EACH(i, n) {
        VF v = get(x, i, n);
        if (most > 0.0f) {
            VF scaled = v / unit;
            VI exponent = max((AS_VI(scaled) >> 23 & 255) - 127, (VI)(-6));
            v = rint(scaled * AS_VF((130 - exponent) << 23)) * AS_VF((124 + exponent) << 23) * unit;
        }
        put(v, out, i, n);
    }
}
