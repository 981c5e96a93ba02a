// What moves data besides plain loads and stores: shared memory, copies that go on by themselves, and matrices that a warp
// takes from shared memory.
#pragma once

#include <vector>

namespace emulation {

// Whatever is read before it is written should be noticed: no number in any of the formats.
constexpr int POISON = 0xff;

// Static variables of a kernel that stand for shared memory: registered when the first thread comes by.
struct Shared {
    void *at;
    size_t size;

    Shared(void *start, size_t bytes);
};

inline std::vector<const Shared *> shared;

inline Shared::Shared(void *start, size_t bytes) : at(start), size(bytes) {
    shared.push_back(this);
    memset(at, POISON, size);
}

struct Copy {
    char *to;
    const char *from;
    size_t bytes;
    size_t zeros;
    unsigned group;
};

struct Copies {
    std::vector<Copy> waiting;
    unsigned group = 0;
};

inline std::vector<Copies> copies;

inline Copies &my_copies() {
    if (copies.size() <= current) {
        copies.resize(current + 1);
    }
    return copies[current];
}

// The blocks of a grid know nothing of each other.
inline void begin_block() {
    for (const Shared *s : shared) {
        memset(s->at, POISON, s->size);
    }
    copies.clear();
}

struct Row {
    unsigned short at[8];
    uintptr_t from;
};

inline std::vector<Row> rows[2];
inline std::vector<unsigned> turns;

}  // namespace emulation

#define SHARED(name, ...)                        \
    alignas(16) static Type<__VA_ARGS__> name;   \
    static const emulation::Shared name##_registered(&name, sizeof name)

// cp.async: a device may write at any time until the copy has been waited for, so what was there is gone at once, and what
// comes is there as late as can be.
inline void emulated_copy(void *to, const void *from, size_t bytes, bool there) {
    if (((uintptr_t) to | (uintptr_t) from) % bytes != 0) {
        emulation::fail("a copy from or to what is not aligned");
    }
    memset(to, emulation::POISON, bytes);
    size_t moved = there ? bytes : 0;
    emulation::Copies &mine = emulation::my_copies();
    mine.waiting.push_back({static_cast<char *>(to), static_cast<const char *>(from), moved, bytes - moved, mine.group});
}

// cp.async.commit_group.
inline void emulated_commit() {
    emulation::my_copies().group++;
}

// cp.async.wait_group: what was committed before the latest `pending` groups.
inline void emulated_wait(unsigned pending) {
    emulation::Copies &mine = emulation::my_copies();
    std::vector<emulation::Copy> left;
    for (const emulation::Copy &c : mine.waiting) {
        if (c.group + pending < mine.group) {
            memcpy(c.to, c.from, c.bytes);
            memset(c.to + c.bytes, 0, c.zeros);
        } else {
            left.push_back(c);
        }
    }
    mine.waiting = std::move(left);
}

// ldmatrix.x4 by its definition (PTX ISA, "Warp-level matrix load instruction: ldmatrix"): lanes 8m to 8m + 7 bring the rows
// of matrix m, and a lane gets two neighbours of a row of each, or of a column if they are to be transposed.
inline void emulated_matrices(unsigned (&out)[4], const void *row, bool transposed) {
    using emulation::rows;
    using emulation::turns;
    constexpr size_t BYTES = sizeof(emulation::Row::at);
    constexpr size_t BANKS = 128;
    if ((uintptr_t) row % BYTES != 0) {
        emulation::fail("a row of a matrix that is not aligned");
    }
    unsigned me = emulation::current;
    unsigned warp = me / emulation::LANES * emulation::LANES;
    unsigned lane = me % emulation::LANES;
    if (turns.size() <= me) {
        turns.resize(me + 1);
    }
    if (rows[0].size() < warp + emulation::LANES) {
        rows[0].resize(warp + emulation::LANES);
        rows[1].resize(warp + emulation::LANES);
    }
    // Two places in turn: nobody can be two exchanges ahead, so that nobody overwrites what is still read.
    unsigned turn = turns[me]++ % 2;
    memcpy(rows[turn][me].at, row, BYTES);
    rows[turn][me].from = (uintptr_t) row;
    emulation::wait(emulation::Waits::LANES_OF_WARP);
    // Slow on a device rather than wrong, and never meant.
    for (unsigned other = me / 8 * 8; other < me; other++) {
        uintptr_t apart = rows[turn][other].from - rows[turn][me].from;
        if (apart != 0 && apart % BANKS == 0) {
            emulation::fail("rows of a matrix share banks");
        }
    }
    for (unsigned m = 0; m < 4; m++) {
        const emulation::Row *matrix = &rows[turn][warp + 8 * m];
        unsigned line = lane / 4;
        unsigned twos = lane % 4 * 2;
        unsigned low = transposed ? matrix[twos].at[line] : matrix[line].at[twos];
        unsigned high = transposed ? matrix[twos + 1].at[line] : matrix[line].at[twos + 1];
        out[m] = low | high << 16;
    }
}
