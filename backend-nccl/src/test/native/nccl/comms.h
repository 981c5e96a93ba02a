// The double's state in this process.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nccl_double.h"
#include "shared.h"

#define EXPORTED extern "C" __attribute__((visibility("default")))

// The double of the driver, as far as it is needed.
struct Driver {
    int (*enqueue)(void *, int (*)(void *), void *, void (*)(void *)) = nullptr;
    void (*advance)() = nullptr;
    int (*memory)(unsigned long long, unsigned long long) = nullptr;
    int (*current)(void **) = nullptr;
    int (*set_current)(void *) = nullptr;
    int (*device)(int *) = nullptr;
    int (*uuid)(char *, int) = nullptr;
    int (*allocate)(unsigned long long *, size_t) = nullptr;
    int (*free)(unsigned long long) = nullptr;
};

const Driver &driver();

enum class Stage { JOINING, READY, SPLITTING, FINALIZING, FINALIZED };

// A rank's part in a communicator. What runs on streams touches the atomics and what is behind `shared`, under the driver's
// lock; everything else is under `guard`.
struct Comm {
    ncclComm_t handle = nullptr;
    int size = 0;
    int rank = 0;
    bool blocking = true;
    int device = 0;
    void *context = nullptr;
    int socket = -1;
    std::atomic<Stage> stage{Stage::JOINING};
    std::unique_ptr<Shared> shared;

    // Of a split that goes on.
    int color = 0;
    ncclComm_t *child = nullptr;
    bool child_blocking = true;

    bool said_finalize = false;
    int late = 0;
    int registrations = 0;
    std::atomic<uint64_t> launched{0};
    std::atomic<uint64_t> completed{0};
    std::atomic<int64_t> last_launch{0};
    std::atomic<int64_t> looked{0};

    std::atomic<bool> aborted{false};
    std::atomic<int> error{0};
    // Whether what is on streams ends at the error; otherwise it stays there.
    std::atomic<bool> ends{false};

    // Steps of collectives, and whole ones, that are done; what was sent to and received from each rank.
    uint64_t step = 0;
    uint64_t collectives = 0;
    std::vector<uint64_t> sent;
    std::vector<uint64_t> received;

    Comm() = default;
    Comm(const Comm &) = delete;
    Comm &operator=(const Comm &) = delete;
    ~Comm();
};

using CommRef = std::shared_ptr<Comm>;

struct Op {
    Call call;
    const char *send;
    char *receive;
    uint64_t elements_done = 0;
    uint64_t chunks_done = 0;
    bool begun = false;
    bool met = false;
    bool done = false;
};

// What a call, or a group of calls, puts on a communicator's stream.
struct Launch {
    CommRef comm;
    void *stream = nullptr;
    uint64_t ticket = 0;
    std::vector<Op> ops;
    int64_t began = 0;
    bool stays = false;
    bool done = false;
};

extern std::mutex guard;

struct Settings {
    int version = 22304;
    std::string host;
    int late = 0;
    int64_t delay_micros = 0;
};

Settings &settings();
int64_t now_nanos();
std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Any thread, with or without locks.
void violation(const std::string &what);
void say_error(const std::string &what);
// The code that a call is to answer, or zero.
ncclResult_t injected(const char *function);
// Whether a collective that begins now gets an error (its code) or stays silently (-1); zero if neither.
int injected_collective();

// With the guard held.
CommRef find(ncclComm_t handle, const char *function);
std::vector<CommRef> live();
void keep(const CommRef &comm);
void forget(const CommRef &comm);
void count_memory(int change);

// Of hubs, which answer for all ranks of a communicator; they live in the process that made its id.
std::string open_hub();
bool send_message(int socket, const Message &message, int descriptor);
// 1 if one was there, 0 if not yet, -1 if there will be none.
int receive_message(int socket, Message *message, int *descriptor);
int connect_hub(const std::string &address);

// With the guard held: sets out to join, and comes on with what is under way.
ncclResult_t join(const CommRef &comm, const std::string &address);
void come_on(const CommRef &comm);
void fail(Comm *comm, int code, bool ends, const std::string &why);
void look_for_losses(Comm *comm);
ncclResult_t state_of(const CommRef &comm);
// Without it: waits until nothing is under way.
ncclResult_t wait_until_settled(const CommRef &comm);

// Of the calling thread's group.
bool in_group();
void join_group(const CommRef &comm);
void spoil_group(ncclResult_t code);
// Says what is wrong and answers a code, which its group then answers too.
ncclResult_t wrong(const std::string &what, ncclResult_t code);

// Of streams.
int attempt(void *launch);
void drop(void *launch);
size_t bytes_of(uint32_t type);
std::string describe(const Call &call);
void reduce(void *to, const std::vector<const void *> &from, size_t count, uint32_t type, uint32_t op);
