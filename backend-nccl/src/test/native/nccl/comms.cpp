// Communicators: how they come to be, what goes on behind them, and how they are known.
#include "comms.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

std::mutex guard;

namespace {

constexpr int64_t PATIENCE_NANOS = 20000000;

// Handles are never given out twice, so that a stale one is known as such.
struct Registry {
    std::map<ncclComm_t, CommRef> live;
    uintptr_t last = 0x6e63000;
};

Registry &registry = *new Registry;

Driver find_driver() {
    Driver out;
    void *library = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_NOW);
    if (library != nullptr) {
        auto bind = [library](auto &function, const char *name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
        };
        bind(out.enqueue, "double_enqueue_poll");
        bind(out.advance, "double_advance");
        bind(out.memory, "double_memory");
        bind(out.current, "cuCtxGetCurrent");
        bind(out.set_current, "cuCtxSetCurrent");
        bind(out.device, "cuCtxGetDevice");
        bind(out.uuid, "cuDeviceGetUuid_v2");
        bind(out.allocate, "cuMemAlloc_v2");
        bind(out.free, "cuMemFree_v2");
    }
    return out;
}

// Held while the driver's double is called, and for good once the process ends and takes that away.
std::mutex &advancing = *new std::mutex;

// A device comes on with a collective that others wait for, whether this process asks for it or not.
void conscience() {
    while (true) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        bool owes = false;
        {
            std::lock_guard<std::mutex> lock(guard);
            for (const auto &[handle, comm] : registry.live) {
                owes = owes ||
                       (comm->launched != comm->completed && now_nanos() - comm->last_launch > PATIENCE_NANOS);
            }
        }
        if (owes) {
            std::lock_guard<std::mutex> lock(advancing);
            driver().advance();
        }
    }
}

void joined(const CommRef &comm, int memory) {
    comm->shared = std::make_unique<Shared>(memory, comm->size);
    close(memory);
    comm->sent.assign(comm->size, 0);
    comm->received.assign(comm->size, 0);
    comm->stage = Stage::READY;
    static bool started = false;
    if (!started) {
        started = true;
        atexit([] { advancing.lock(); });
        std::thread(conscience).detach();
    }
}

void split_done(const CommRef &comm, const Message &message) {
    comm->stage = Stage::READY;
    *comm->child = nullptr;
    if (message.color < 0) {
        return;
    }
    auto child = std::make_shared<Comm>();
    child->size = message.size;
    child->rank = message.rank;
    child->blocking = comm->child_blocking;
    child->device = comm->device;
    child->context = comm->context;
    keep(child);
    ncclResult_t code = join(child, message.address);
    if (code != ncclSuccess) {
        forget(child);
        fail(comm.get(), code, true, "the hub of a part is gone");
        return;
    }
    *comm->child = child->handle;
}

void heed(const CommRef &comm, const Message &message, int memory) {
    switch (message.said) {
        case Said::WELCOME:
            return joined(comm, memory);
        case Said::REFUSED:
            return fail(comm.get(), message.code, true, message.text);
        case Said::SPLIT_DONE:
            return split_done(comm, message);
        default:
            comm->stage = Stage::FINALIZED;
    }
}

std::string identity(const Comm &comm) {
    char uuid[16] = {};
    driver().uuid(uuid, comm.device);
    std::string out = settings().host + " ";
    for (char c : uuid) {
        out += text("%02x", static_cast<unsigned char>(c));
    }
    return out;
}

bool may_double() {
    const char *enabled = getenv("NCCL_MULTI_RANK_GPU_ENABLE");
    return settings().version >= 23000 && enabled != nullptr && strcmp(enabled, "1") == 0;
}

}  // namespace

Comm::~Comm() {
    if (socket >= 0) {
        close(socket);
    }
}

// Looked for until it is there: tests load it first, but may ask for a version before.
const Driver &driver() {
    static Driver found;
    static std::mutex finding;
    std::lock_guard<std::mutex> lock(finding);
    if (found.enqueue == nullptr) {
        found = find_driver();
    }
    return found;
}

int64_t now_nanos() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

std::string text(const char *format, ...) {
    char out[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, sizeof out, format, arguments);
    va_end(arguments);
    return out;
}

CommRef find(ncclComm_t handle, const char *function) {
    auto at = registry.live.find(handle);
    if (at == registry.live.end()) {
        std::string what = text("%s: %p is no communicator, or was destroyed or aborted before", function,
                static_cast<void *>(handle));
        violation(what);
        say_error(what);
        return nullptr;
    }
    return at->second;
}

std::vector<CommRef> live() {
    std::vector<CommRef> out;
    for (const auto &[handle, comm] : registry.live) {
        out.push_back(comm);
    }
    return out;
}

void keep(const CommRef &comm) {
    comm->handle = reinterpret_cast<ncclComm_t>(registry.last += 16);
    registry.live[comm->handle] = comm;
}

void forget(const CommRef &comm) {
    registry.live.erase(comm->handle);
}

ncclResult_t join(const CommRef &comm, const std::string &address) {
    comm->socket = connect_hub(address);
    Message message{};
    message.said = Said::HELLO;
    message.size = comm->size;
    message.rank = comm->rank;
    message.doubled = may_double();
    snprintf(message.device, sizeof message.device, "%s", identity(*comm).c_str());
    if (comm->socket < 0 || !send_message(comm->socket, message, -1)) {
        say_error(text("nobody waits for ranks at %s: %s", address.c_str(), strerror(errno)));
        return ncclSystemError;
    }
    return ncclSuccess;
}

void fail(Comm *comm, int code, bool ends, const std::string &why) {
    int none = 0;
    comm->ends = comm->error == 0 ? ends : comm->ends.load();
    if (comm->error.compare_exchange_strong(none, code)) {
        say_error(why);
    }
}

static constexpr int64_t LOOK_NANOS = 1000 * 1000;

void look_for_losses(Comm *comm) {
    if (comm->shared == nullptr || comm->error != 0 || comm->stage == Stage::FINALIZED) {
        return;
    }
    Board *board = comm->shared->board();
    if (board->mismatch == 2) {
        fail(comm, ncclInvalidUsage, true, board->text);
    } else if (board->gone != 0) {
        fail(comm, ncclRemoteError, false, text("rank %d is gone", board->gone - 1));
    }
    // What waits on a stream asks over and over.
    int64_t now = now_nanos();
    if (now - comm->looked < LOOK_NANOS) {
        return;
    }
    comm->looked = now;
    char byte;
    if (recv(comm->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 && !comm->aborted) {
        fail(comm, ncclRemoteError, false, "the process that made the communicator's id is gone");
    }
}

void come_on(const CommRef &comm) {
    if (comm->stage == Stage::FINALIZING && !comm->said_finalize && comm->launched == comm->completed) {
        comm->said_finalize = true;
        Message message{};
        message.said = Said::FINALIZE;
        send_message(comm->socket, message, -1);
    }
    Message message;
    int memory = -1;
    int got;
    while (comm->error == 0 && comm->stage != Stage::FINALIZED && (got = receive_message(comm->socket, &message, &memory)) != 0) {
        if (got < 0) {
            fail(comm.get(), ncclRemoteError, comm->shared == nullptr, "the process that made the communicator's id is gone");
        } else {
            heed(comm, message, memory);
        }
    }
    look_for_losses(comm.get());
}

ncclResult_t state_of(const CommRef &comm) {
    come_on(comm);
    if (comm->error != 0) {
        return static_cast<ncclResult_t>(comm->error.load());
    }
    if (comm->stage != Stage::READY && comm->stage != Stage::FINALIZED) {
        // One thread may have several ranks and see to one after the other.
        for (const CommRef &other : live()) {
            come_on(other);
        }
        return ncclInProgress;
    }
    if (comm->late > 0) {
        comm->late--;
        return ncclInProgress;
    }
    return ncclSuccess;
}

ncclResult_t wait_until_settled(const CommRef &comm) {
    while (!comm->aborted) {
        {
            std::lock_guard<std::mutex> lock(guard);
            ncclResult_t state = state_of(comm);
            if (state != ncclInProgress) {
                return state;
            }
        }
        if (comm->launched != comm->completed) {
            driver().advance();
        }
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return ncclInvalidUsage;
}
