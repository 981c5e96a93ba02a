// What handles stand for. Objects stay after they were destroyed, so that whoever uses them later is told so.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../kernel.h"
#include "types.h"

struct Command;
struct Context;
struct Event;
struct Graph;
struct Pool;
struct Stream;
using CommandRef = std::shared_ptr<Command>;

struct Device {
    int number = 0;
    std::string name;
    uint64_t memory = 0;
    int capability = 0;
    int multiprocessors = 0;
    bool mig = false;
    uint64_t used = 0;
    int retained = 0;
    unsigned flags = 0;
    Context *primary = nullptr;
    Pool *own_pool = nullptr;
    Pool *pool = nullptr;
};

struct Object {
    void *handle = nullptr;
    // Null for what belongs to no context.
    Context *context = nullptr;
    bool alive = true;
    // Made by the driver itself: nobody has to destroy it.
    bool internal = false;

    virtual ~Object() = default;
    virtual const char *kind() const = 0;
};

// What came of trying to run a command that other processes take part in.
enum class Attempt { NOTHING, PROGRESS, DONE };

// What a stream is told to do.
struct Work {
    const char *what = "";
    // Answers a code that sticks to the context.
    std::function<int()> run = nullptr;
    bool kernel = false;
    Event *records = nullptr;
    Event *awaits = nullptr;
    // Tried after `run` until it is done.
    std::function<Attempt()> attempt = nullptr;
};

struct Node {
    Work work;
    std::vector<size_t> after;
};

// A capture that goes on.
struct Capture {
    Graph *graph = nullptr;
    Stream *origin = nullptr;
    int mode = 0;
    std::thread::id thread;
    bool broken = false;
    std::set<Stream *> streams;
};

struct Context : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_CONTEXT;
    static constexpr const char *KIND = "context";

    Device *device = nullptr;
    bool primary = false;
    unsigned flags = 0;
    // The code of the error that stuck to it, or zero.
    int failed = 0;
    // Contexts whose memory its kernels reach.
    std::set<Context *> reaches;
    Stream *null_stream = nullptr;
    std::vector<Stream *> streams;
    // What all of its later commands wait for.
    CommandRef barrier;

    const char *kind() const override {
        return KIND;
    }
};

struct Stream : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_HANDLE;
    static constexpr const char *KIND = "stream";

    unsigned flags = 0;
    int priority = 0;
    CommandRef last;
    std::shared_ptr<Capture> capture;
    // Nodes that the next one comes after.
    std::vector<size_t> frontier;

    const char *kind() const override {
        return KIND;
    }

    bool blocking() const {
        return (flags & STREAM_NON_BLOCKING) == 0;
    }
};

struct Event : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_HANDLE;
    static constexpr const char *KIND = "event";

    unsigned flags = 0;
    CommandRef last;
    std::shared_ptr<Capture> capture;
    std::vector<size_t> frontier;

    const char *kind() const override {
        return KIND;
    }
};

struct Module : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_HANDLE;
    static constexpr const char *KIND = "module";

    int version = 0;
    int target = 0;
    std::vector<void *> functions;

    const char *kind() const override {
        return KIND;
    }
};

struct Function : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_HANDLE;
    static constexpr const char *KIND = "function";

    Module *module = nullptr;
    const Kernel *kernel = nullptr;
    int most_threads = 1024;
    int shared = 0;
    int dynamic_shared = 0;
    int carveout = -1;

    const char *kind() const override {
        return KIND;
    }
};

struct Graph : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_VALUE;
    static constexpr const char *KIND = "graph";

    std::vector<Node> nodes;

    const char *kind() const override {
        return KIND;
    }
};

struct GraphExec : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_VALUE;
    static constexpr const char *KIND = "executable graph";

    std::vector<Node> nodes;
    // Launches of the same graph do not overlap.
    CommandRef last;

    const char *kind() const override {
        return KIND;
    }
};

struct Pool : Object {
    static constexpr Code UNKNOWN_CODE = INVALID_VALUE;
    static constexpr const char *KIND = "memory pool";

    Device *device = nullptr;
    uint64_t threshold = 0;
    uint64_t reserved = 0;
    uint64_t reserved_high = 0;
    uint64_t used = 0;
    uint64_t used_high = 0;
    // What it may reuse; only kept.
    int reuse[3] = {1, 1, 1};
    // Numbers of other devices that reach its memory.
    std::set<int> readers;

    const char *kind() const override {
        return KIND;
    }
};
