// CUDA C++ on a CPU, for tests of a kernel's arithmetic: the threads of a block are fibres that take turns at barriers and
// shuffles, the blocks of a grid run one after the other.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads.h"

#define EMULATION
#define __global__
#define __device__
#define __launch_bounds__(threads, blocks)

struct alignas(8) float2 {
    float x;
    float y;
};

inline float2 make_float2(float x, float y) {
    return {x, y};
}

inline unsigned __float_as_uint(float x) {
    unsigned out;
    memcpy(&out, &x, sizeof out);
    return out;
}

inline float __uint_as_float(unsigned x) {
    float out;
    memcpy(&out, &x, sizeof out);
    return out;
}

inline float emulated_half_to_float(unsigned short bits) {
    _Float16 half;
    memcpy(&half, &bits, sizeof half);
    return (float) half;
}

inline unsigned short emulated_float_to_half(float x) {
    _Float16 half = (_Float16) x;
    unsigned short bits;
    memcpy(&bits, &half, sizeof bits);
    return bits;
}

inline void __syncthreads() {
    emulation::wait(emulation::Waits::BLOCK);
}

inline float __shfl_xor_sync(unsigned mask, float mine, int distance) {
    using emulation::threads;
    if (mask != 0xffffffffu) {
        emulation::fail("a shuffle of part of a warp is not emulated");
    }
    unsigned me = emulation::current;
    unsigned turn = threads[me].turn++ % 2;
    threads[me].offered[turn] = mine;
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    unsigned other = (me % emulation::LANES ^ (unsigned) distance) + me / emulation::LANES * emulation::LANES;
    return threads[other].offered[turn];
}

// mma.m16n8k16 by its definition (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"): which lane holds
// which element, in which half of which register. Sums go up in k; the four of a lane go side by side.
template <typename V>
void emulated_mma(float (&sum)[4], const unsigned (&x)[4], const unsigned (&y)[2], V value) {
    typedef float Four __attribute__((vector_size(4 * sizeof(float))));
    unsigned me = emulation::current;
    unsigned lane = me % emulation::LANES;
    emulation::Factors &factors = emulation::factors[me / emulation::LANES][emulation::threads[me].turn++ % 2];
    auto half = [](unsigned word, unsigned k) { return (unsigned short) (k % 2 == 0 ? word : word >> 16); };
    for (unsigned i = 0; i < 8; i++) {
        factors.left[lane % 4 * 2 + i % 2 + i / 4 * 8][lane / 4 + i / 2 % 2 * 8] = value(half(x[i / 2], i));
    }
    for (unsigned i = 0; i < 4; i++) {
        factors.right[lane % 4 * 2 + i % 2 + i / 2 * 8][lane / 4] = value(half(y[i / 2], i));
    }
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    Four four = {sum[0], sum[1], sum[2], sum[3]};
    for (unsigned k = 0; k < 16; k++) {
        const float *a = &factors.left[k][lane / 4];
        const float *b = &factors.right[k][lane % 4 * 2];
        four += Four{a[0], a[0], a[8], a[8]} * Four{b[0], b[1], b[0], b[1]};
    }
    for (unsigned e = 0; e < 4; e++) {
        sum[e] = four[e];
    }
}

#include "emulation_async.h"
