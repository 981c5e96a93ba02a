// What the kernels share. nvcc compiles it for devices, g++ with emulation.h in front for tests.
#pragma once

typedef unsigned long long Address;

constexpr int THREADS = 256;
constexpr int WARP = 32;
// Blocks of a multiprocessor at once that registers are given out for: left alone, ptxas aims at more and spills.
constexpr int RESIDENT = 4;
constexpr unsigned EVERY_LANE = 0xffffffffu;

#define KERNEL_FOR(threads, resident) extern "C" __global__ void __launch_bounds__(threads, resident)
#define KERNEL_OF(resident) KERNEL_FOR(THREADS, resident)
#define KERNEL KERNEL_OF(RESIDENT)

template <typename T>
using Type = T;

// SHARED(name, type), which the emulation has to know of: it fills such variables with what is not a number.
#ifndef EMULATION
#define SHARED(name, ...) alignas(16) __shared__ Type<__VA_ARGS__> name
#endif

struct bf16 {
    unsigned short bits;
};

struct f16 {
    unsigned short bits;
};

__device__ inline float value(float x) {
    return x;
}

__device__ inline float value(bf16 x) {
    return __uint_as_float((unsigned) x.bits << 16);
}

__device__ inline float value(f16 x) {
#ifdef EMULATION
    return emulated_half_to_float(x.bits);
#else
    float out;
    asm("cvt.f32.f16 %0, %1;" : "=f"(out) : "h"(x.bits));
    return out;
#endif
}

template <typename T>
__device__ T rounded(float x);

template <>
__device__ inline float rounded<float>(float x) {
    return x;
}

// To nearest, ties to even. By hand, since the instruction needs compute capability 8.0.
template <>
__device__ inline bf16 rounded<bf16>(float x) {
    unsigned bits = __float_as_uint(x);
    bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    unsigned up = nan ? 0x400000u : 0x7fffu + (bits >> 16 & 1u);
    bf16 out = {(unsigned short) (((nan ? bits | up : bits + up)) >> 16)};
    return out;
}

template <>
__device__ inline f16 rounded<f16>(float x) {
    f16 out;
#ifdef EMULATION
    out.bits = emulated_float_to_half(x);
#else
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(out.bits) : "f"(x));
#endif
    return out;
}

// Sixteen bytes: the widest load there is.
template <typename T>
struct alignas(16) Pack {
    static constexpr int WIDTH = 16 / sizeof(T);
    T at[WIDTH];
};

template <typename... P>
__device__ bool aligned(const P *... arrays) {
    return (((Address) arrays | ...) & 15) == 0;
}

// A pack of a row from column `at` on, zeros where it has ended; `row` is null for a row that is not there.
template <typename T>
__device__ Pack<T> load(const T *row, int at, int width) {
    constexpr int WIDTH = Pack<T>::WIDTH;
    Pack<T> out = {};
    if (row == nullptr) {
        return out;
    }
    if (at + WIDTH <= width && aligned(row + at)) {
        return *reinterpret_cast<const Pack<T> *>(row + at);
    }
    for (int j = 0; j < WIDTH; j++) {
        if (at + j < width) {
            out.at[j] = row[at + j];
        }
    }
    return out;
}

// out[i] = f(in[i]...) for i below n, shared by threads that begin at `first` and take every `stride`th pack. Arrays that
// are equal are fine, arrays that overlap otherwise are not.
template <typename F, typename T, typename... I>
__device__ void map(long long first, long long stride, long long n, F f, T *out, const I *... in) {
    constexpr int WIDTH = Pack<T>::WIDTH;
    long long packs = (aligned(out, in...) && ((sizeof(I) == sizeof(T)) && ...)) ? n / WIDTH : 0;
    for (long long p = first; p < packs; p += stride) {
        Pack<T> result;
        [&](Pack<I>... from) {
#pragma unroll
            for (int j = 0; j < WIDTH; j++) {
                result.at[j] = rounded<T>(f(value(from.at[j])...));
            }
        }(reinterpret_cast<const Pack<I> *>(in)[p]...);
        reinterpret_cast<Pack<T> *>(out)[p] = result;
    }
    for (long long i = packs * WIDTH + first; i < n; i += stride) {
        out[i] = rounded<T>(f(value(in[i])...));
    }
}

// The same over the whole grid.
template <typename F, typename T, typename... I>
__device__ void map(long long n, F f, T *out, const I *... in) {
    map(blockIdx.x * (long long) THREADS + threadIdx.x, gridDim.x * (long long) THREADS, n, f, out, in...);
}

// Combines f(x[i]) for i below n into one value a thread, shared as in map.
template <typename C, typename F, typename T>
__device__ float fold(long long first, long long stride, long long n, float start, C combine, F f, const T *x) {
    constexpr int WIDTH = Pack<T>::WIDTH;
    long long packs = aligned(x) ? n / WIDTH : 0;
    float all = start;
    for (long long p = first; p < packs; p += stride) {
        Pack<T> from = reinterpret_cast<const Pack<T> *>(x)[p];
#pragma unroll
        for (int j = 0; j < WIDTH; j++) {
            all = combine(all, f(value(from.at[j])));
        }
    }
    for (long long i = packs * WIDTH + first; i < n; i += stride) {
        all = combine(all, f(value(x[i])));
    }
    return all;
}

// Combines a value of every thread of the block; all get the same bits.
template <typename C>
__device__ float across_block(float mine, C combine) {
    SHARED(parts, float[THREADS / WARP]);
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        mine = combine(mine, __shfl_xor_sync(EVERY_LANE, mine, distance));
    }
    if (threadIdx.x % WARP == 0) {
        parts[threadIdx.x / WARP] = mine;
    }
    __syncthreads();
    float all = parts[0];
    for (int w = 1; w < THREADS / WARP; w++) {
        all = combine(all, parts[w]);
    }
    // Nobody may write the next value before all have read this one.
    __syncthreads();
    return all;
}

struct Plus {
    __device__ float operator()(float a, float b) const {
        return a + b;
    }
};

struct Larger {
    __device__ float operator()(float a, float b) const {
        return fmaxf(a, b);
    }
};

struct Same {
    __device__ float operator()(float a) const {
        return a;
    }
};
