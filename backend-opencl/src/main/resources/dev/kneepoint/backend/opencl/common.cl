// What both forms share. VECTOR, the number of floats in a vector, comes from the build options; a form's file defines
// LANES, the work-items that share a row, and how work-items share the elements of an array.
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define VF CAT(float, VECTOR)
#define VI CAT(int, VECTOR)
#define AS_VI CAT(as_int, VECTOR)
#define AS_VF CAT(as_float, VECTOR)
#define VP CAT(float, PAIRS)
#define VLOAD(p) CAT(vload, VECTOR)(0, p)
#define VSTORE(v, p) CAT(vstore, VECTOR)(v, 0, p)

typedef __global const float *restrict In;
typedef __global float *restrict Out;

// Elements i to i + VECTOR of an array of n; what lies beyond it counts as `other`.
VF get_or(__global const float *p, long i, long n, float other) {
    if (i + VECTOR <= n) {
        return VLOAD(p + i);
    }
    float rest[VECTOR];
    for (int j = 0; j < VECTOR; j++) {
        rest[j] = i + j < n ? p[i + j] : other;
    }
    return VLOAD(rest);
}

VF get(__global const float *p, long i, long n) {
    return get_or(p, i, n, 0.0f);
}

void put(VF v, __global float *p, long i, long n) {
    if (i + VECTOR <= n) {
        VSTORE(v, p + i);
        return;
    }
    float rest[VECTOR];
    VSTORE(v, rest);
    for (int j = 0; i + j < n; j++) {
        p[i + j] = rest[j];
    }
}

#if VECTOR == 16
#define PAIRS 8
#define INTERLEAVE(x, y) \
    (VF)(x.s0, y.s0, x.s1, y.s1, x.s2, y.s2, x.s3, y.s3, x.s4, y.s4, x.s5, y.s5, x.s6, y.s6, x.s7, y.s7)
#define NUMBERS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
float sum_of(VF v) {
    float8 a = v.lo + v.hi;
    float4 b = a.lo + a.hi;
    return b.x + b.y + (b.z + b.w);
}
float largest_of(VF v) {
    float8 a = fmax(v.lo, v.hi);
    float4 b = fmax(a.lo, a.hi);
    return fmax(fmax(b.x, b.y), fmax(b.z, b.w));
}
#elif VECTOR == 8
#define PAIRS 4
#define INTERLEAVE(x, y) \
    (VF)(x.s0, y.s0, x.s1, y.s1, x.s2, y.s2, x.s3, y.s3)
#define NUMBERS 0, 1, 2, 3, 4, 5, 6, 7
float sum_of(VF v) {
    float4 b = v.lo + v.hi;
    return b.x + b.y + (b.z + b.w);
}
float largest_of(VF v) {
    float4 b = fmax(v.lo, v.hi);
    return fmax(fmax(b.x, b.y), fmax(b.z, b.w));
}
#else
#define PAIRS 2
#define INTERLEAVE(x, y) \
    (VF)(x.s0, y.s0, x.s1, y.s1)
#define NUMBERS 0, 1, 2, 3
float sum_of(VF v) {
    return v.x + v.y + (v.z + v.w);
}
float largest_of(VF v) {
    return fmax(fmax(v.x, v.y), fmax(v.z, v.w));
}
#endif
