// The threads of a block: they take turns, each on a stack of its own from its first barrier or shuffle on.
#pragma once

#include <stddef.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "stacks.h"

struct dim3 {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

inline dim3 gridDim;
inline dim3 blockDim;
inline dim3 blockIdx;
inline dim3 threadIdx;

namespace emulation {

constexpr unsigned LANES = 32;

enum class Waits { BLOCK, LANES_OF_WARP };

struct Thread {
    size_t stack = 0;
    // Which of two places it offers at next: nobody can be two exchanges ahead, so that nobody overwrites what is still read.
    unsigned turn = 0;
    float offered[2] = {};
};

// What the lanes of a warp multiply together, by k.
struct Factors {
    float left[16][16];
    float right[16][8];
};

// A kernel that no device would run to its end.
struct Failure {
    std::string what;
};

inline std::vector<Thread> threads;
// Of each warp, by turn.
inline std::vector<std::array<Factors, 2>> factors;
inline std::vector<Stack> stacks;
inline std::vector<size_t> idle;
inline Stack scheduler;
inline unsigned count = 0;
inline unsigned started = 0;
inline unsigned ended = 0;
inline unsigned at_barrier = 0;
inline std::vector<unsigned> at_exchange;
inline unsigned current = 0;
inline size_t current_stack = 0;
// Threads that have been let go and have not gone on yet.
inline unsigned next_from = 0;
inline unsigned next_to = 0;
inline void (*body)(void *) = nullptr;
inline void *body_argument = nullptr;
inline std::string failure;

inline void to_scheduler() {
    go(stacks[current_stack], scheduler);
}

// Backwards: whoever relies on the order of threads between two barriers is found out.
inline void take_next() {
    current = --next_to;
    threadIdx = {current, 0, 0};
    current_stack = threads[current].stack;
}

inline void wait(Waits what) {
    size_t mine = current_stack;
    threads[current].stack = mine;
    if (what == Waits::BLOCK) {
        at_barrier++;
    } else {
        at_exchange[current / LANES]++;
    }
    if (next_from == next_to) {
        to_scheduler();
    } else {
        take_next();
        go(stacks[mine], stacks[current_stack]);
    }
}

inline void note(const char *what) {
    failure = std::string(what) + " (block " + std::to_string(blockIdx.x) + " " + std::to_string(blockIdx.y) + " " +
              std::to_string(blockIdx.z) + ", thread " + std::to_string(current) + ")";
}

// Of a thread, which is never resumed then.
inline void fail(const char *what) {
    note(what);
    to_scheduler();
}

// A stack runs one thread after the other until one of them waits.
inline void entry() {
    arrived(scheduler);
    while (true) {
        while (started < count) {
            current = started++;
            threadIdx = {current, 0, 0};
            body(body_argument);
            ended++;
        }
        idle.push_back(current_stack);
        to_scheduler();
    }
}

// Drops the stacks, for threads are still on them.
[[noreturn]] inline void give_up() {
    Failure failed = {std::move(failure)};
    failure.clear();
    stacks.clear();
    idle.clear();
    threads.clear();
    next_from = next_to = 0;
    throw failed;
}

inline void resume() {
    go(scheduler, stacks[current_stack]);
    if (!failure.empty()) {
        give_up();
    }
}

inline void resume(unsigned from, unsigned to) {
    next_from = from;
    next_to = to;
    while (next_from < next_to) {
        take_next();
        resume();
    }
}

inline void start() {
    while (started < count) {
        if (idle.empty()) {
            idle.push_back(stacks.size());
            stacks.emplace_back();
            prepare(stacks.back(), stacks.size(), entry);
        }
        current_stack = idle.back();
        idle.pop_back();
        resume();
    }
}

// Lets those go on who all wait for the same thing; whether there were any.
inline bool release() {
    if (at_barrier == count) {
        at_barrier = 0;
        resume(0, count);
        return true;
    }
    bool any = false;
    for (unsigned from = 0; from < count; from += LANES) {
        unsigned to = from + LANES < count ? from + LANES : count;
        // As far as it can get: whoever relies on warps keeping pace between two barriers is found out.
        while (at_exchange[from / LANES] == to - from) {
            at_exchange[from / LANES] = 0;
            resume(from, to);
            any = true;
        }
    }
    return any;
}

void begin_block();

// Threads that wait for what can never come are an error.
inline void run_block() {
    begin_block();
    started = 0;
    ended = 0;
    start();
    while (ended < count) {
        if (!release()) {
            note(ended > 0 ? "threads wait at a barrier or shuffle that others of their block have left out"
                           : "threads of a block wait at different barriers or shuffles");
            give_up();
        }
    }
}

inline void run_grid(dim3 grid, unsigned size, void (*run)(void *), void *argument) {
    gridDim = grid;
    blockDim = {size, 1, 1};
    body = run;
    body_argument = argument;
    count = size;
    at_barrier = 0;
    at_exchange.assign((size + LANES - 1) / LANES, 0);
    if (factors.size() < at_exchange.size()) {
        factors.resize(at_exchange.size());
    }
    if (threads.size() < size) {
        threads.resize(size);
    }
    // A stack that moves would be lost to whoever runs on it.
    stacks.reserve(size);
    for (unsigned z = 0; z < grid.z; z++) {
        for (unsigned y = 0; y < grid.y; y++) {
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = {x, y, z};
                run_block();
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
