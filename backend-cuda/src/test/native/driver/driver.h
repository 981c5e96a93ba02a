// The driver's state and what every one of its functions begins with.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "double.h"
#include "objects.h"

enum class Order { LATE, HASTY, EAGER };

enum class Needs { NOTHING, INITIALIZED, CONTEXT };

struct Command {
    Work work;
    Context *context = nullptr;
    std::vector<CommandRef> after;
    std::vector<CommandRef> next;
    size_t waiting = 0;
    bool stuck = false;
    bool begun = false;
    bool done = false;
    uint64_t mark = 0;
    int64_t nanos = 0;
};

struct Allocation {
    uint64_t base = 0;
    uint64_t bytes = 0;
    Device *device = nullptr;
    // Null where the memory belongs to a pool.
    Context *context = nullptr;
    Pool *pool = nullptr;
    enum { COMING, LIVE, FREED } state = LIVE;
    // Somebody has asked for it to be freed, which may be still to come.
    bool given_back = false;
};

struct HostMemory {
    uint64_t bytes = 0;
    Context *context = nullptr;
    bool registered = false;
};

struct Injected {
    std::string function;
    int left = 0;
    int code = 0;
    bool sticky = false;
};

struct State {
    std::vector<std::unique_ptr<Device>> devices;
    int version = 12060;
    bool peers = true;
    bool pools = true;
    bool lost = false;
    bool idle = false;
    Order order = Order::LATE;
    std::mt19937_64 random{0};

    bool initialized = false;
    const char *function = "";
    std::unordered_map<void *, std::unique_ptr<Object>> objects;
    std::map<uint64_t, Allocation> memory;
    std::map<uint64_t, HostMemory> host;
    std::vector<std::shared_ptr<Capture>> captures;
    std::vector<Pool *> memory_pools;

    std::unordered_set<CommandRef> pending;
    std::vector<CommandRef> ready;
    uint64_t mark = 0;

    std::vector<Injected> injected;
    int kernels_to_failure = 0;
    int failure = 0;
    int launches_to_stall = 0;
    std::vector<std::string> violations;
    std::vector<std::string> left;
    std::vector<const char *> calls;

    State() = default;
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State();
};

inline std::mutex mutex;
inline std::condition_variable changed;
inline std::unique_ptr<State> state;
inline uintptr_t last_handle = 0x10000;
// One more with every state.
inline uint64_t epoch = 0;
inline thread_local std::unique_lock<std::mutex> *held = nullptr;
// The thread runs a function for a stream.
inline thread_local bool inside = false;

// An answer other than success.
struct Answer {
    int code;
};

[[noreturn]] inline void answer(int code) {
    throw Answer{code};
}

std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void violation(const std::string &what);
[[noreturn]] void refuse(int code, const std::string &what);

void enter(const char *name, Needs needs);
void leave();

template <typename F>
CUresult call(const char *name, Needs needs, F body) {
    if (inside) {
        violation(text("%s: called by a function on a stream, which may call nothing", name));
        return NOT_PERMITTED;
    }
    std::unique_lock<std::mutex> lock(mutex);
    held = &lock;
    try {
        enter(name, needs);
        body();
        leave();
        return SUCCESS;
    } catch (const Answer &a) {
        return a.code;
    }
}

#define CALL(needs) return call(__func__, Needs::needs, [&]

template <typename T>
T *create(Context *context) {
    auto owner = std::make_unique<T>();
    T *object = owner.get();
    // Never the same again: a stale handle stays one.
    object->handle = reinterpret_cast<void *>(last_handle += 16);
    object->context = context;
    state->objects.emplace(object->handle, std::move(owner));
    return object;
}

template <typename T>
T *find(void *handle) {
    auto at = state->objects.find(handle);
    T *object = at == state->objects.end() ? nullptr : dynamic_cast<T *>(at->second.get());
    if (object == nullptr) {
        refuse(T::UNKNOWN_CODE, text("%p is no %s", handle, T::KIND));
    }
    if (!object->alive) {
        refuse(T::UNKNOWN_CODE, text("%s %p was destroyed before", T::KIND, handle));
    }
    return object;
}

template <typename T>
T *given(T *pointer) {
    if (pointer == nullptr) {
        refuse(INVALID_VALUE, "a pointer to a result or to data is null");
    }
    return pointer;
}

// The context that is current; an answer if there is none that works.
Context *current();
Context *current_or_null();
void check_works(Context *context);
Device *device(CUdevice number);
// Null and the legacy handle are the null stream of the current context.
Stream *stream(CUstream handle);
Stream *own_stream(CUstream handle);
void destroy_children(Context *context);
// Handles of the contexts of this thread, the current one last.
std::vector<void *> &context_stack();
// With the lock held.
std::string start_anew(const char *configuration);
void start_by_environment();
