#undef MATMUL
#undef ELEMENT
#undef LOAD
#undef ONE
#define MATMUL matmul_half
#define ELEMENT half
#define LOAD(p, i, n) get_half(p, i, n)
#define ONE(p, i) vload_half(i, p)

// FP16 values are kept as such and computed with in single precision, which needs no extension.
VF get_half(__global const half *p, long i, long n) {
    if (i + VECTOR <= n) {
        return CAT(vload_half, VECTOR)(0, p + i);
    }
    float rest[VECTOR];
    for (int j = 0; j < VECTOR; j++) {
        rest[j] = i + j < n ? vload_half(i + j, p) : 0.0f;
    }
    return VLOAD(rest);
}

__kernel GROUP void to_half(In x, long x0, __global half *restrict out, long out0, long n) {
    EACH(i, n) {
        VF v = get(x + x0, i, n);
        if (i + VECTOR <= n) {
            CAT(vstore_half, VECTOR)(v, 0, out + out0 + i);
        } else {
            float rest[VECTOR];
            VSTORE(v, rest);
            for (int j = 0; i + j < n; j++) {
                vstore_half(rest[j], out0 + i + j, out);
            }
        }
    }
}
