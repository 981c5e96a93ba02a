// NCCL's functions for communicators and memory.
#include <string.h>
#include <sys/socket.h>

#include "comms.h"

namespace {

struct Id {
    char sign[8];
    char path[NCCL_UNIQUE_ID_BYTES - 8];
};

constexpr char SIGN[8] = "double";

template <typename F>
ncclResult_t with(ncclComm_t handle, const char *function, F body) {
    ncclResult_t code = injected(function);
    if (code != ncclSuccess) {
        return code;
    }
    std::lock_guard<std::mutex> lock(guard);
    CommRef comm = find(handle, function);
    return comm == nullptr ? ncclInvalidArgument : body(comm);
}

bool known(const ncclConfig_t *config) {
    return config == nullptr || (config->size >= sizeof(ncclConfig_t) && config->magic == NCCL_CONFIG_MAGIC);
}

// Sees through what has begun, unless it need not be waited for.
ncclResult_t settle(const CommRef &comm, bool blocking) {
    if (in_group()) {
        join_group(comm);
        return blocking ? ncclSuccess : ncclInProgress;
    }
    return blocking ? wait_until_settled(comm) : ncclInProgress;
}

ncclResult_t begin(ncclComm_t *out, int size, const ncclUniqueId &id, int rank, const ncclConfig_t *config,
        CommRef *made) {
    Id parts;
    memcpy(&parts, &id, sizeof parts);
    if (out == nullptr || size < 1 || rank < 0 || rank >= size || !known(config)) {
        return wrong(text("rank %d of %d, or the settings, are not possible", rank, size), ncclInvalidArgument);
    }
    if (memcmp(parts.sign, SIGN, sizeof SIGN) != 0) {
        return wrong("the id is not one of ncclGetUniqueId", ncclInvalidArgument);
    }
    auto comm = std::make_shared<Comm>();
    comm->size = size;
    comm->rank = rank;
    comm->blocking = config == nullptr || config->blocking != 0;
    if (driver().enqueue == nullptr || driver().current(&comm->context) != 0 || comm->context == nullptr ||
        driver().device(&comm->device) != 0) {
        return wrong("no CUDA driver, or no current context", ncclUnhandledCudaError);
    }
    std::lock_guard<std::mutex> lock(guard);
    comm->late = comm->blocking ? 0 : settings().late;
    keep(comm);
    ncclResult_t code = join(comm, parts.path);
    if (code != ncclSuccess) {
        forget(comm);
        return wrong("nobody waits for ranks", code);
    }
    *out = comm->handle;
    *made = comm;
    return ncclSuccess;
}

ncclResult_t end(const CommRef &comm) {
    comm->aborted = true;
    forget(comm);
    shutdown(comm->socket, SHUT_RDWR);
    return ncclSuccess;
}

ncclResult_t start_split(const CommRef &comm, int color, int key, ncclComm_t *out, const ncclConfig_t *config) {
    come_on(comm);
    if (comm->error != 0) {
        return static_cast<ncclResult_t>(comm->error.load());
    }
    if (comm->stage != Stage::READY || comm->late > 0) {
        violation("ncclCommSplit: what was called before is still in progress");
        return wrong("the communicator is not ready", ncclInvalidUsage);
    }
    comm->stage = Stage::SPLITTING;
    comm->color = color;
    comm->child = out;
    comm->child_blocking = config == nullptr ? comm->blocking : config->blocking != 0;
    comm->late = comm->blocking ? 0 : settings().late;
    Message message{};
    message.said = Said::SPLIT;
    message.color = color;
    message.key = key;
    return send_message(comm->socket, message, -1) ? ncclSuccess : wrong("the hub is gone", ncclRemoteError);
}

}  // namespace

EXPORTED ncclResult_t ncclGetVersion(int *version) {
    ncclResult_t code = injected(__func__);
    *version = code == ncclSuccess ? settings().version : 0;
    return code;
}

EXPORTED ncclResult_t ncclGetUniqueId(ncclUniqueId *id) {
    ncclResult_t code = injected(__func__);
    if (code != ncclSuccess) {
        return code;
    }
    Id parts{};
    std::string path = open_hub();
    if (path.empty() || path.size() >= sizeof parts.path) {
        return wrong("no socket for an id could be made at " + path, ncclSystemError);
    }
    memcpy(parts.sign, SIGN, sizeof SIGN);
    memcpy(parts.path, path.c_str(), path.size());
    memcpy(id, &parts, sizeof parts);
    return ncclSuccess;
}

EXPORTED const char *ncclGetErrorString(ncclResult_t result) {
    static const char *const TEXTS[] = {"no error", "the driver failed", "a system call failed", "the double is wrong",
            "an argument is wrong", "the use is wrong", "another rank or its process failed", "it is in progress"};
    return static_cast<unsigned>(result) < sizeof TEXTS / sizeof *TEXTS ? TEXTS[result] : "an unknown result";
}

EXPORTED ncclResult_t ncclCommInitRankConfig(
        ncclComm_t *out, int size, ncclUniqueId id, int rank, ncclConfig_t *config) {
    ncclResult_t code = injected(__func__);
    CommRef comm;
    code = code != ncclSuccess ? wrong("the double was told to fail", code) : begin(out, size, id, rank, config, &comm);
    return code != ncclSuccess ? code : settle(comm, comm->blocking);
}

EXPORTED ncclResult_t ncclCommInitRank(ncclComm_t *out, int size, ncclUniqueId id, int rank) {
    ncclResult_t code = injected(__func__);
    return code != ncclSuccess ? wrong("the double was told to fail", code)
                               : ncclCommInitRankConfig(out, size, id, rank, nullptr);
}

EXPORTED ncclResult_t ncclCommSplit(ncclComm_t handle, int color, int key, ncclComm_t *out, ncclConfig_t *config) {
    if (out == nullptr || color < NCCL_SPLIT_NOCOLOR || !known(config)) {
        return wrong(text("color %d, or the settings, are not possible", color), ncclInvalidArgument);
    }
    CommRef parent;
    ncclResult_t code = with(handle, __func__, [&](const CommRef &comm) {
        parent = comm;
        return start_split(comm, color, key, out, config);
    });
    if (code != ncclSuccess) {
        spoil_group(code);
        return code;
    }
    code = settle(parent, parent->blocking);
    if (code != ncclSuccess || in_group() || color < 0) {
        return code;
    }
    CommRef child;
    {
        std::lock_guard<std::mutex> lock(guard);
        child = find(*out, __func__);
    }
    return child == nullptr ? ncclInternalError : child->blocking ? wait_until_settled(child) : ncclInProgress;
}

EXPORTED ncclResult_t ncclCommFinalize(ncclComm_t handle) {
    CommRef found;
    ncclResult_t code = with(handle, __func__, [&](const CommRef &comm) {
        found = comm;
        if (comm->error != 0) {
            return static_cast<ncclResult_t>(comm->error.load());
        }
        if (comm->stage != Stage::READY) {
            violation("ncclCommFinalize: what was called before is still in progress, or it was called before");
            return ncclInvalidUsage;
        }
        comm->stage = Stage::FINALIZING;
        come_on(comm);
        return ncclSuccess;
    });
    return code != ncclSuccess ? code : found->blocking ? wait_until_settled(found) : ncclInProgress;
}

EXPORTED ncclResult_t ncclCommDestroy(ncclComm_t handle) {
    CommRef found;
    ncclResult_t code = with(handle, __func__, [&](const CommRef &comm) {
        found = comm;
        if (comm->stage == Stage::READY && comm->error == 0) {
            comm->stage = Stage::FINALIZING;
        }
        return ncclSuccess;
    });
    if (code == ncclSuccess && found->error == 0) {
        code = wait_until_settled(found);
    }
    if (found != nullptr) {
        std::lock_guard<std::mutex> lock(guard);
        if (found->registrations > 0) {
            violation(text("ncclCommDestroy: %d buffers are registered", found->registrations));
        }
        Message message{};
        message.said = Said::BYE;
        send_message(found->socket, message, -1);
        end(found);
    }
    return code;
}

EXPORTED ncclResult_t ncclCommAbort(ncclComm_t handle) {
    return with(handle, __func__, [](const CommRef &comm) { return end(comm); });
}

EXPORTED ncclResult_t ncclCommGetAsyncError(ncclComm_t handle, ncclResult_t *out) {
    CommRef found;
    ncclResult_t code = with(handle, __func__, [&](const CommRef &comm) {
        found = comm;
        *out = state_of(comm);
        return ncclSuccess;
    });
    // What is to be finalized runs to its end, though nobody asks its stream.
    if (code == ncclSuccess && found->stage == Stage::FINALIZING && found->launched != found->completed) {
        driver().advance();
    }
    return code;
}

EXPORTED ncclResult_t ncclCommCount(const ncclComm_t handle, int *count) {
    return with(handle, __func__, [=](const CommRef &comm) {
        *count = comm->size;
        return ncclSuccess;
    });
}

EXPORTED ncclResult_t ncclCommCuDevice(const ncclComm_t handle, int *device) {
    return with(handle, __func__, [=](const CommRef &comm) {
        *device = comm->device;
        return ncclSuccess;
    });
}

EXPORTED ncclResult_t ncclCommUserRank(const ncclComm_t handle, int *rank) {
    return with(handle, __func__, [=](const CommRef &comm) {
        *rank = comm->rank;
        return ncclSuccess;
    });
}

EXPORTED ncclResult_t ncclCommRegister(const ncclComm_t handle, void *memory, size_t bytes, void **registration) {
    return with(handle, __func__, [=](const CommRef &comm) {
        if (!driver().memory(reinterpret_cast<uintptr_t>(memory), bytes)) {
            return wrong(text("%zu bytes at %p are not all allocated", bytes, memory), ncclInvalidArgument);
        }
        comm->registrations++;
        *registration = memory;
        return ncclSuccess;
    });
}

EXPORTED ncclResult_t ncclCommDeregister(const ncclComm_t handle, void *registration) {
    return with(handle, __func__, [=](const CommRef &comm) {
        if (registration == nullptr || comm->registrations == 0) {
            violation("ncclCommDeregister: nothing is registered");
            return ncclInvalidArgument;
        }
        comm->registrations--;
        return ncclSuccess;
    });
}

EXPORTED ncclResult_t ncclMemAlloc(void **out, size_t bytes) {
    ncclResult_t code = injected(__func__);
    if (code != ncclSuccess) {
        return code;
    }
    unsigned long long address = 0;
    int answer = driver().enqueue == nullptr ? 100 : driver().allocate(&address, bytes);
    if (answer != 0) {
        return wrong(text("the driver answers %d to %zu bytes", answer, bytes), ncclUnhandledCudaError);
    }
    count_memory(1);
    *out = reinterpret_cast<void *>(address);
    return ncclSuccess;
}

EXPORTED ncclResult_t ncclMemFree(void *memory) {
    ncclResult_t code = injected(__func__);
    if (code != ncclSuccess) {
        return code;
    }
    if (driver().enqueue == nullptr || driver().free(reinterpret_cast<uintptr_t>(memory)) != 0) {
        return wrong(text("%p is no memory of ncclMemAlloc", memory), ncclInvalidArgument);
    }
    count_memory(-1);
    return ncclSuccess;
}
