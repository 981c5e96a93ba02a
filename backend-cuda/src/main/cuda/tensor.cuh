// What kernels on tensor cores share.
#pragma once

#include "common.cuh"

constexpr int MMA_ROWS = 16;
constexpr int MMA_COLUMNS = 8;
constexpr int MMA_DEPTH = 16;
constexpr int PACK = 8;

// Two neighbours of what registers hold, rounded to nearest, ties to even.
template <typename T>
__device__ unsigned join(float low, float high);

// sum += x * y of 16 by 16 and 16 by 8 elements that the lanes of a warp hold as PTX's mma.m16n8k16 says.
template <typename T>
__device__ void mma(float (&sum)[4], const unsigned (&x)[4], unsigned low, unsigned high);

#ifdef EMULATION
template <typename T>
unsigned join(float low, float high) {
    return rounded<T>(low).bits | (unsigned) rounded<T>(high).bits << 16;
}

template <typename T>
void mma(float (&sum)[4], const unsigned (&x)[4], unsigned low, unsigned high) {
    unsigned y[2] = {low, high};
    emulated_mma(sum, x, y, [](unsigned short bits) { return value(T{bits}); });
}
#elif __CUDA_ARCH__ >= 800
#define TENSOR(T, type)                                                                                     \
    template <>                                                                                             \
    __device__ inline unsigned join<T>(float low, float high) {                                             \
        unsigned out;                                                                                       \
        asm("cvt.rn." type "x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));                         \
        return out;                                                                                         \
    }                                                                                                       \
    template <>                                                                                             \
    __device__ inline void mma<T>(float (&sum)[4], const unsigned (&x)[4], unsigned low, unsigned high) {   \
        asm("mma.sync.aligned.m16n8k16.row.col.f32." type "." type ".f32 "                                  \
            "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                               \
            : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])                                        \
            : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(low), "r"(high));                             \
    }
TENSOR(bf16, "bf16")
TENSOR(f16, "f16")
#endif
