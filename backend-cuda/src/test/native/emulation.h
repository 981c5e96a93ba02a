// CUDA C++ on a CPU, for tests of a kernel's arithmetic: the threads of a block are fibres that take turns at barriers and
// shuffles, the blocks of a grid run one after the other. Shared memory keeps what the block before left in it: a kernel that
// reads it before it writes is not found out.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <memory>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#define EMULATION
#define __global__
#define __device__
#define __launch_bounds__(threads, blocks)
// One block runs at a time.
#define __shared__ static

struct dim3 {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

struct alignas(8) float2 {
    float x;
    float y;
};

inline float2 make_float2(float x, float y) {
    return {x, y};
}

inline dim3 gridDim;
inline dim3 blockDim;
inline dim3 blockIdx;
inline dim3 threadIdx;

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

namespace emulation {

constexpr size_t STACK = 64 << 10;
constexpr unsigned LANES = 32;

enum class Waits { NOTHING, BLOCK, LANES_OF_WARP };

struct Fibre {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[STACK]};
    void *fake_stack = nullptr;
    Waits waits = Waits::NOTHING;
    bool done = false;
    float offered = 0;
    unsigned left[4] = {};
    unsigned right[2] = {};
};

inline std::vector<Fibre> fibres;
inline ucontext_t scheduler;
inline void *scheduler_fake_stack = nullptr;
inline const void *scheduler_bottom = nullptr;
inline size_t scheduler_size = 0;
inline unsigned current = 0;
inline void (*body)(void *) = nullptr;
inline void *body_argument = nullptr;

[[noreturn]] inline void fail(const char *what) {
    fprintf(stderr, "emulation: %s (block %u %u %u, thread %u)\n", what, blockIdx.x, blockIdx.y, blockIdx.z, current);
    exit(3);
}

inline void to_scheduler(bool last) {
    Fibre &me = fibres[current];
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(last ? nullptr : &me.fake_stack, scheduler_bottom, scheduler_size);
#endif
    swapcontext(&me.context, &scheduler);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(me.fake_stack, nullptr, nullptr);
#endif
}

inline void wait(Waits what) {
    fibres[current].waits = what;
    to_scheduler(false);
}

inline void entry() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &scheduler_bottom, &scheduler_size);
#endif
    body(body_argument);
    fibres[current].done = true;
    to_scheduler(true);
}

inline void resume(unsigned thread) {
    current = thread;
    threadIdx = {thread, 0, 0};
    Fibre &fibre = fibres[thread];
    fibre.waits = Waits::NOTHING;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&scheduler_fake_stack, fibre.stack.get(), STACK);
#endif
    swapcontext(&scheduler, &fibre.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
#endif
}

// Resumes the threads from one on if all of them wait for the same thing; whether it did.
inline bool release(unsigned from, unsigned to, Waits what) {
    for (unsigned t = from; t < to; t++) {
        if (fibres[t].done || fibres[t].waits != what) {
            return false;
        }
    }
    // Backwards: whoever relies on the order of threads between two barriers is found out.
    for (unsigned t = to; t-- > from;) {
        resume(t);
    }
    return true;
}

// Threads that have ended do not hold barriers up, as on a device; those that wait for each other for ever are an error.
inline void run_block(unsigned threads) {
    for (unsigned t = 0; t < threads; t++) {
        fibres[t].done = false;
        getcontext(&fibres[t].context);
        fibres[t].context.uc_stack.ss_sp = fibres[t].stack.get();
        fibres[t].context.uc_stack.ss_size = STACK;
        fibres[t].context.uc_link = nullptr;
        makecontext(&fibres[t].context, entry, 0);
    }
    for (unsigned t = 0; t < threads; t++) {
        resume(t);
    }
    while (true) {
        unsigned ended = 0;
        for (unsigned t = 0; t < threads; t++) {
            ended += fibres[t].done;
        }
        if (ended == threads) {
            return;
        }
        if (ended > 0) {
            fail("threads wait at a barrier or shuffle that others of their block have left out");
        }
        bool went_on = release(0, threads, Waits::BLOCK);
        for (unsigned w = 0; w < threads; w += LANES) {
            went_on = release(w, w + LANES < threads ? w + LANES : threads, Waits::LANES_OF_WARP) || went_on;
        }
        if (!went_on) {
            fail("threads of a block wait at different barriers or shuffles");
        }
    }
}

inline void run_grid(dim3 grid, unsigned threads, void (*run)(void *), void *argument) {
    gridDim = grid;
    blockDim = {threads, 1, 1};
    body = run;
    body_argument = argument;
    if (fibres.size() < threads) {
        fibres = std::vector<Fibre>(threads);
    }
    for (unsigned z = 0; z < grid.z; z++) {
        for (unsigned y = 0; y < grid.y; y++) {
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = {x, y, z};
                run_block(threads);
            }
        }
    }
}

// A kernel as a driver sees it: it takes pointers to its arguments.
template <typename... A>
struct Call {
    void (*kernel)(A...);
    void **arguments;

    template <size_t... I>
    void with(std::index_sequence<I...>) const {
        kernel(*static_cast<A *>(arguments[I])...);
    }

    static void run(void *call) {
        static_cast<Call *>(call)->with(std::index_sequence_for<A...>());
    }
};

template <typename... A>
void launch(void (*kernel)(A...), dim3 grid, unsigned threads, void **arguments) {
    Call<A...> call = {kernel, arguments};
    run_grid(grid, threads, Call<A...>::run, &call);
}

}  // namespace emulation

inline void __syncthreads() {
    emulation::wait(emulation::Waits::BLOCK);
}

inline float __shfl_xor_sync(unsigned mask, float mine, int distance) {
    if (mask != 0xffffffffu) {
        emulation::fail("a shuffle of part of a warp is not emulated");
    }
    unsigned me = emulation::current;
    emulation::fibres[me].offered = mine;
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    unsigned other = (me % emulation::LANES ^ (unsigned) distance) + me / emulation::LANES * emulation::LANES;
    float theirs = emulation::fibres[other].offered;
    // Nobody may offer the next value before all have read this one.
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    return theirs;
}

// mma.m16n8k16 by its definition (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"): which lane holds
// which element, in which half of which register.
template <typename V>
void emulated_mma(float (&sum)[4], const unsigned (&x)[4], const unsigned (&y)[2], V value) {
    using emulation::fibres;
    unsigned me = emulation::current;
    unsigned warp = me / emulation::LANES * emulation::LANES;
    unsigned lane = me % emulation::LANES;
    memcpy(fibres[me].left, x, sizeof x);
    memcpy(fibres[me].right, y, sizeof y);
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    auto half = [](unsigned word, unsigned k) { return (unsigned short) (k % 2 == 0 ? word : word >> 16); };
    for (unsigned e = 0; e < 4; e++) {
        unsigned row = lane / 4 + e / 2 * 8;
        unsigned column = lane % 4 * 2 + e % 2;
        for (unsigned k = 0; k < 16; k++) {
            const auto &a = fibres[warp + row % 8 * 4 + k % 8 / 2];
            const auto &b = fibres[warp + column * 4 + k % 8 / 2];
            sum[e] += value(half(a.left[row / 8 + k / 8 * 2], k)) * value(half(b.right[k / 8], k));
        }
    }
    // Nobody may bring the next elements before all have read these.
    emulation::wait(emulation::Waits::LANES_OF_WARP);
}
