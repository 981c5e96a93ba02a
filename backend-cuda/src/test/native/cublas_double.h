// What the doubles of cuBLAS and cuBLASLt share: failures on demand, living objects, the stream.
#pragma once

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

enum Status {
    SUCCESS = 0,
    NOT_INITIALIZED = 1,
    INVALID_VALUE = 7,
    EXECUTION_FAILED = 13,
    INTERNAL_ERROR = 14,
    NOT_SUPPORTED = 15
};

inline std::mutex guard;
inline std::map<std::string, std::vector<std::pair<int, int>>> failures;
inline std::set<const void *> living;
inline int faults = 0;
inline std::atomic<int> commands = 0;
inline int forgotten = 0;

// Whether a call of a function is to fail, and how: the first failure that is due.
inline bool injected(const char *function, int *status) {
    std::lock_guard<std::mutex> lock(guard);
    bool due = false;
    auto &planned = failures[function];
    for (size_t i = 0; i < planned.size();) {
        if (--planned[i].first == 0) {
            *status = planned[i].second;
            due = true;
            planned.erase(planned.begin() + i);
        } else {
            i++;
        }
    }
    return due;
}

#define INJECT(function)                    \
    do {                                    \
        int status;                         \
        if (injected(function, &status)) {  \
            return status;                  \
        }                                   \
    } while (0)

template <typename T>
T *born(T *object) {
    std::lock_guard<std::mutex> lock(guard);
    living.insert(object);
    return object;
}

inline bool lives(const void *object) {
    std::lock_guard<std::mutex> lock(guard);
    return living.count(object) > 0;
}

template <typename T>
bool bury(T *object) {
    std::lock_guard<std::mutex> lock(guard);
    if (living.erase(object) == 0) {
        return false;
    }
    delete object;
    return true;
}

// The nth call from now of a function answers with a status.
EXPORT void cublas_double_fail(const char *function, int nth, int status) {
    std::lock_guard<std::mutex> lock(guard);
    failures[function].push_back({nth, status});
}

// Handles, descriptors and the like that nobody has destroyed.
EXPORT int cublas_double_handles() {
    std::lock_guard<std::mutex> lock(guard);
    return (int) living.size() - forgotten;
}

// So many of them are lost on purpose.
EXPORT void cublas_double_forget(int handles) {
    std::lock_guard<std::mutex> lock(guard);
    forgotten += handles;
}

// Commands that the driver's double may still run.
EXPORT int cublas_double_commands() {
    return commands;
}

// Commands whose memory was gone when the stream came to them.
EXPORT int cublas_double_faults() {
    std::lock_guard<std::mutex> lock(guard);
    return faults;
}

// What the double of the driver exports; all null where that is not loaded.
struct Driver {
    int (*enqueue)(void *stream, void (*run)(void *), void *argument, void (*drop)(void *)) = nullptr;
    int (*memory)(unsigned long long address, unsigned long long bytes) = nullptr;
    int (*context)(void **context) = nullptr;
};

inline Driver driver;
inline bool alone = false;

// Whether handles made from now on run at once on the host's memory, though the driver's double is loaded.
EXPORT void cublas_double_alone(int yes) {
    std::lock_guard<std::mutex> lock(guard);
    alone = yes != 0;
}

// To be called before a handle is made: a driver is loaded before, and looking for it takes long.
inline void find_driver() {
    Driver found;
    void *library = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_NOW);
    if (library != nullptr) {
        found.enqueue = (decltype(found.enqueue)) dlsym(library, "double_enqueue");
        found.memory = (decltype(found.memory)) dlsym(library, "double_memory");
        // That of a real driver knows nothing of the memory and the streams of tests.
        if (found.enqueue != nullptr) {
            found.context = (decltype(found.context)) dlsym(library, "cuCtxGetCurrent");
        }
        dlclose(library);
    }
    // Other threads are using what was found for them.
    std::lock_guard<std::mutex> lock(guard);
    driver = alone ? Driver() : found;
}

inline Driver the_driver() {
    std::lock_guard<std::mutex> lock(guard);
    return driver;
}

// The current context; without the driver's double some context is always current.
inline void *current_context() {
    static int any;
    void *context = nullptr;
    Driver now = the_driver();
    return now.context != nullptr && now.context(&context) == 0 ? context : &any;
}

struct Memory {
    const void *start;
    size_t bytes;
};

inline bool on_device(const Memory &memory) {
    return memory.start != nullptr
            && (the_driver().memory == nullptr || the_driver().memory((uintptr_t) memory.start, memory.bytes) == 1);
}

inline bool on_device(const std::vector<Memory> &memories) {
    for (const Memory &memory : memories) {
        if (!on_device(memory)) {
            return false;
        }
    }
    return true;
}

// Puts work on a stream of the driver's double, or does it at once where that is not loaded.
inline int submit(void *stream, std::vector<Memory> memories, std::function<void()> work) {
    if (!on_device(memories)) {
        return EXECUTION_FAILED;
    }
    if (the_driver().enqueue == nullptr) {
        work();
        return SUCCESS;
    }
    auto *command = new std::function<void()>([memories, work] {
        if (on_device(memories)) {
            work();
        } else {
            std::lock_guard<std::mutex> lock(guard);
            faults++;
        }
    });
    commands++;
    int status = the_driver().enqueue(
            stream, [](void *argument) { (*(std::function<void()> *) argument)(); }, command,
            [](void *argument) {
                delete (std::function<void()> *) argument;
                commands--;
            });
    return status == 0 ? SUCCESS : EXECUTION_FAILED;
}
