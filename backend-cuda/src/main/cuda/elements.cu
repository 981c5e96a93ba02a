// Ops on elements that do not depend on each other, or on little more than that.
#include "common.cuh"

template <typename T>
__device__ void activate(const T *gate, const T *up, T *out, long long n) {
    map(n, [](float g, float u) { return g / (1 + expf(-g)) * u; }, out, gate, up);
}

// Master weights and moments in single precision, gradients as they come.
template <typename T>
__device__ void update(
        float *parameters, const T *gradients, float *first, float *second, long long n, float first_scale,
        float second_scale) {
    long long stride = gridDim.x * (long long) THREADS;
    for (long long i = blockIdx.x * (long long) THREADS + threadIdx.x; i < n; i += stride) {
        float gradient = value(gradients[i]);
        float m = 0.9f * first[i] + 0.1f * gradient;
        float v = 0.95f * second[i] + 0.05f * gradient * gradient;
        float before = parameters[i];
        first[i] = m;
        second[i] = v;
        parameters[i] = before - 1e-3f * (m * first_scale / (sqrtf(v * second_scale) + 1e-8f) + 0.1f * before);
    }
}

// One magnitude per block.
template <typename T>
__device__ void find_largest(const T *x, long long n, float *found) {
    float most = fold(
            blockIdx.x * (long long) THREADS + threadIdx.x, gridDim.x * (long long) THREADS, n, 0.0f, Larger(),
            [](float v) { return fabsf(v); }, x);
    most = across_block(most, Larger());
    if (threadIdx.x == 0) {
        found[blockIdx.x] = most;
    }
}

// E4M3 has three bits of mantissa, a smallest exponent of -6 and a largest value of 448.
template <typename T>
__device__ void round_to_e4m3(const T *x, const float *found, int blocks, T *out, long long n) {
    float most = 0;
    for (int b = 0; b < blocks; b++) {
        most = fmaxf(most, found[b]);
    }
    float unit = most / 448.0f;
    map(n,
        [=](float v) {
            if (!(most > 0)) {
                return v;
            }
            float scaled = v / unit;
            int exponent = (int) (__float_as_uint(scaled) >> 23 & 255u) - 127;
            exponent = exponent < -6 ? -6 : exponent;
            float into = __uint_as_float((unsigned) (130 - exponent) << 23);
            float back = __uint_as_float((unsigned) (124 + exponent) << 23);
            return rintf(scaled * into) * back * unit;
        },
        out, x);
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL fill_##t(T *x, long long n, float v) {                                                   \
        map(n, [=]() { return v; }, x);                                                             \
    }                                                                                               \
    KERNEL copy_##t(const T *from, T *to, long long n) {                                            \
        map(n, Same(), to, from);                                                                   \
    }                                                                                               \
    KERNEL scale_##t(T *x, long long n, float factor) {                                             \
        map(n, [=](float v) { return v * factor; }, x, x);                                          \
    }                                                                                               \
    KERNEL add_##t(const T *a, const T *b, T *c, long long n) {                                     \
        map(n, Plus(), c, a, b);                                                                    \
    }                                                                                               \
    KERNEL triad_##t(T *a, const T *b, const T *c, float s, long long n) {                          \
        map(n, [=](float x, float y) { return x + s * y; }, a, b, c);                               \
    }                                                                                               \
    KERNEL activation_##t(const T *gate, const T *up, T *out, long long n) {                        \
        activate(gate, up, out, n);                                                                 \
    }                                                                                               \
    KERNEL adamw_##t(                                                                               \
            float *parameters, const T *gradients, float *first, float *second, long long n,        \
            float first_scale, float second_scale) {                                                \
        update(parameters, gradients, first, second, n, first_scale, second_scale);                 \
    }                                                                                               \
    KERNEL largest_##t(const T *x, long long n, float *found) {                                     \
        find_largest(x, n, found);                                                                  \
    }                                                                                               \
    KERNEL quantise_##t(const T *x, const float *found, int blocks, T *out, long long n) {          \
        round_to_e4m3(x, found, blocks, out, n);                                                    \
    }

OF_TYPE(f32, float)
OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)

KERNEL nothing() {}
