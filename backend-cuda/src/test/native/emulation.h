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
// which element, in which half of which register.
template <typename V>
void emulated_mma(float (&sum)[4], const unsigned (&x)[4], const unsigned (&y)[2], V value) {
    using emulation::threads;
    unsigned me = emulation::current;
    unsigned warp = me / emulation::LANES * emulation::LANES;
    unsigned lane = me % emulation::LANES;
    unsigned turn = threads[me].turn++ % 2;
    auto half = [](unsigned word, unsigned k) { return (unsigned short) (k % 2 == 0 ? word : word >> 16); };
    for (unsigned i = 0; i < 8; i++) {
        threads[me].left[turn][i] = value(half(x[i / 2], i));
    }
    for (unsigned i = 0; i < 4; i++) {
        threads[me].right[turn][i] = value(half(y[i / 2], i));
    }
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    for (unsigned e = 0; e < 4; e++) {
        unsigned row = lane / 4 + e / 2 * 8;
        unsigned column = lane % 4 * 2 + e % 2;
        for (unsigned k = 0; k < 16; k++) {
            const float *a = threads[warp + row % 8 * 4 + k % 8 / 2].left[turn];
            const float *b = threads[warp + column * 4 + k % 8 / 2].right[turn];
            sum[e] += a[(row / 8 + k / 8 * 2) * 2 + k % 2] * b[k / 8 * 2 + k % 2];
        }
    }
}

#include "emulation_async.h"
