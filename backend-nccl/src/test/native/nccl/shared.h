// What the ranks of a communicator share, and what they say to its hub.
#pragma once

#include <stdint.h>
#include <sys/mman.h>

#include <atomic>

#include "nccl_subset.h"

constexpr size_t CHUNK = 1 << 20;
constexpr size_t POST = 1 << 16;

enum Kind : uint32_t { ALL_REDUCE = 1, REDUCE, BROADCAST, ALL_GATHER, REDUCE_SCATTER, SEND, RECV };

struct Call {
    uint32_t kind;
    uint32_t type;
    uint32_t op;
    int32_t root;
    uint64_t count;
};

// A rank's part in collectives, which go on in steps that all take together.
struct alignas(64) Slot {
    std::atomic<uint64_t> written;
    std::atomic<uint64_t> read;
    // The number of the collective that it is in, from 1; 0 while it is in none.
    std::atomic<uint64_t> collective;
    Call call;
};

// From one rank to another.
struct alignas(64) Channel {
    std::atomic<uint64_t> offered;
    std::atomic<uint64_t> accepted;
    std::atomic<uint64_t> written;
    std::atomic<uint64_t> read;
    Call sent;
    Call received;
};

struct Board {
    // The number of a rank that has died or aborted, from 1.
    std::atomic<int> gone;
    // 2 once ranks have made different calls and `text` says which.
    std::atomic<int> mismatch;
    char text[512];
};

class Shared {
  public:
    Shared(int descriptor, int size) : size(size), bytes(total(size)) {
        memory = static_cast<char *>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0));
    }

    Shared(const Shared &) = delete;
    Shared &operator=(const Shared &) = delete;

    ~Shared() {
        munmap(memory, bytes);
    }

    static size_t total(size_t size) {
        return posts_at(size) + size * size * POST;
    }

    Board *board() const {
        return reinterpret_cast<Board *>(memory);
    }

    Slot *slot(int rank) const {
        return reinterpret_cast<Slot *>(memory + HEAD) + rank;
    }

    Channel *channel(int from, int to) const {
        return reinterpret_cast<Channel *>(memory + channels_at(size)) + from * size + to;
    }

    char *chunk(int rank) const {
        return memory + chunks_at(size) + rank * CHUNK;
    }

    char *post(int from, int to) const {
        return memory + posts_at(size) + (static_cast<size_t>(from) * size + to) * POST;
    }

    const int size;

  private:
    static constexpr size_t HEAD = 4096;

    static size_t channels_at(size_t size) {
        return HEAD + size * sizeof(Slot);
    }

    static size_t chunks_at(size_t size) {
        size_t end = channels_at(size) + size * size * sizeof(Channel);
        return (end + 4095) / 4096 * 4096;
    }

    static size_t posts_at(size_t size) {
        return chunks_at(size) + size * CHUNK;
    }

    const size_t bytes;
    char *memory;
};

enum class Said { HELLO, WELCOME, REFUSED, SPLIT, SPLIT_DONE, FINALIZE, FINALIZED, BYE };

struct Message {
    Said said;
    int size;
    int rank;
    int color;
    int key;
    int code;
    // Whether two ranks may be on one GPU.
    bool doubled;
    char device[96];
    char address[108];
    char text[256];
};
