// Collectives and messages, and the groups that hold them back.
#include <stdlib.h>

#include <algorithm>

#include "comms.h"

namespace {

// What a thread has called since its outermost group began.
struct Group {
    int depth = 0;
    ncclResult_t error = ncclSuccess;
    std::vector<std::shared_ptr<Launch>> launches;
    std::vector<CommRef> members;

    void add(const CommRef &comm) {
        if (std::find(members.begin(), members.end(), comm) == members.end()) {
            members.push_back(comm);
        }
    }
};

thread_local Group group;

bool reduces(uint32_t kind) {
    return kind == ALL_REDUCE || kind == REDUCE || kind == REDUCE_SCATTER;
}

const char *name(uint32_t kind) {
    static const char *const NAMES[] = {
            "", "ncclAllReduce", "ncclReduce", "ncclBroadcast", "ncclAllGather", "ncclReduceScatter", "ncclSend", "ncclRecv"};
    return NAMES[kind];
}

ncclResult_t check(const CommRef &comm, const Op &op) {
    const Call &call = op.call;
    uint32_t types = settings().version >= 22400 ? 12 : 10;
    if (call.type >= types) {
        return wrong(text("%s: %u is no type of this version", name(call.kind), call.type), ncclInvalidArgument);
    }
    if (reduces(call.kind) && call.op > ncclAvg) {
        return wrong(text("%s: %u is no operation", name(call.kind), call.op), ncclInvalidArgument);
    }
    if (call.root < 0 || call.root >= comm->size) {
        return wrong(text("%s: %d is no rank of %d", name(call.kind), call.root, comm->size), ncclInvalidArgument);
    }
    bool gives = call.kind != RECV && (call.kind != BROADCAST || call.root == comm->rank);
    bool gets = call.kind != SEND && (call.kind != REDUCE || call.root == comm->rank);
    if (call.count > 0 && ((gives && op.send == nullptr) || (gets && op.receive == nullptr))) {
        return wrong(text("%s: a buffer is null", name(call.kind)), ncclInvalidArgument);
    }
    return ncclSuccess;
}

// Puts it on its stream in the context of its communicator, as NCCL does whatever context is current.
ncclResult_t enqueue(const std::shared_ptr<Launch> &launch) {
    const CommRef &comm = launch->comm;
    void *before = nullptr;
    driver().current(&before);
    int code = before == comm->context ? 0 : driver().set_current(comm->context);
    if (code == 0) {
        launch->ticket = comm->launched++;
        comm->last_launch = now_nanos();
        code = driver().enqueue(launch->stream, attempt, new std::shared_ptr<Launch>(launch), drop);
    }
    if (before != comm->context) {
        driver().set_current(before);
    }
    return code == 0 ? ncclSuccess
                     : wrong(text("the driver answers %d to a launch on stream %p", code, launch->stream), ncclUnhandledCudaError);
}

ncclResult_t launch(const std::vector<std::shared_ptr<Launch>> &launches) {
    for (const auto &each : launches) {
        ncclResult_t code = enqueue(each);
        if (code != ncclSuccess) {
            return code;
        }
        std::lock_guard<std::mutex> lock(guard);
        each->comm->late = each->comm->blocking ? 0 : settings().late;
    }
    return ncclSuccess;
}

ncclResult_t answer(const CommRef &comm) {
    std::lock_guard<std::mutex> lock(guard);
    return comm->error != 0 ? static_cast<ncclResult_t>(comm->error.load()) : comm->late > 0 ? ncclInProgress : ncclSuccess;
}

ncclResult_t add_to_group(const CommRef &comm, const Op &op, void *stream) {
    group.add(comm);
    for (const auto &there : group.launches) {
        if (there->comm == comm) {
            if (there->stream != stream) {
                violation(text("%s: a communicator's calls of one group are on two streams", name(op.call.kind)));
                return wrong("several streams of a communicator in one group are not modelled", ncclInvalidUsage);
            }
            there->ops.push_back(op);
            return ncclSuccess;
        }
    }
    group.launches.push_back(std::make_shared<Launch>(Launch{comm, stream, 0, {op}}));
    return ncclSuccess;
}

ncclResult_t submit(Op op, ncclComm_t handle, cudaStream_t stream) {
    CommRef comm;
    {
        std::lock_guard<std::mutex> lock(guard);
        comm = find(handle, name(op.call.kind));
        if (comm == nullptr) {
            return ncclInvalidArgument;
        }
        come_on(comm);
        if (comm->error != 0) {
            return static_cast<ncclResult_t>(comm->error.load());
        }
        if (comm->stage != Stage::READY || comm->late > 0) {
            violation(text("%s: what was called before is still in progress", name(op.call.kind)));
            return wrong("the communicator is not ready", ncclInvalidUsage);
        }
    }
    ncclResult_t code = check(comm, op);
    if (code != ncclSuccess) {
        return code;
    }
    if (group.depth > 0) {
        return add_to_group(comm, op, stream);
    }
    code = launch({std::make_shared<Launch>(Launch{comm, stream, 0, {op}})});
    return code != ncclSuccess ? code : answer(comm);
}

ncclResult_t call(uint32_t kind, const void *send, void *receive, size_t count, ncclDataType_t type, int op, int root,
        ncclComm_t comm, cudaStream_t stream) {
    ncclResult_t code = injected(name(kind));
    if (code == ncclSuccess) {
        Call what = {kind, static_cast<uint32_t>(type), static_cast<uint32_t>(op), root, count};
        code = submit({what, static_cast<const char *>(send), static_cast<char *>(receive)}, comm, stream);
    }
    if (group.depth > 0 && group.error == ncclSuccess) {
        group.error = code;
    }
    return code;
}

}  // namespace

std::string describe(const Call &call) {
    static const char *const TYPES[] = {"int8", "uint8", "int32", "uint32", "int64", "uint64", "float16", "float32",
            "float64", "bfloat16", "float8e4m3", "float8e5m2"};
    static const char *const OPS[] = {"sum", "product", "maximum", "minimum", "average"};
    std::string out = text("%s of %llu %s", name(call.kind), static_cast<unsigned long long>(call.count), TYPES[call.type]);
    if (reduces(call.kind)) {
        out += text(" by %s", OPS[call.op]);
    }
    if (call.kind == REDUCE || call.kind == BROADCAST) {
        out += text(" with root %d", call.root);
    }
    if (call.kind >= SEND) {
        out += text(call.kind == SEND ? " to rank %d" : " from rank %d", call.root);
    }
    return out;
}

bool in_group() {
    return group.depth > 0;
}

void join_group(const CommRef &comm) {
    group.add(comm);
}

void spoil_group(ncclResult_t code) {
    group.error = group.depth > 0 && group.error == ncclSuccess ? code : group.error;
}

ncclResult_t wrong(const std::string &what, ncclResult_t code) {
    say_error(what);
    spoil_group(code);
    return code;
}

EXPORTED ncclResult_t ncclGroupStart() {
    ncclResult_t code = injected(__func__);
    if (code == ncclSuccess) {
        group.depth++;
    }
    return code;
}

EXPORTED ncclResult_t ncclGroupEnd() {
    ncclResult_t code = injected(__func__);
    if (group.depth == 0) {
        violation("ncclGroupEnd: no group has begun");
        return wrong("no group has begun", ncclInvalidUsage);
    }
    if (--group.depth > 0) {
        return code;
    }
    Group all;
    std::swap(all, group);
    code = all.error != ncclSuccess ? all.error : code;
    if (code == ncclSuccess) {
        code = launch(all.launches);
    }
    for (const CommRef &comm : all.members) {
        if (code == ncclSuccess && comm->blocking) {
            code = wait_until_settled(comm);
        }
    }
    for (const CommRef &comm : all.members) {
        std::lock_guard<std::mutex> lock(guard);
        bool progress = comm->stage == Stage::JOINING || comm->stage == Stage::SPLITTING || comm->late > 0;
        code = code == ncclSuccess && progress ? ncclInProgress : code;
    }
    return code;
}

EXPORTED ncclResult_t ncclAllReduce(const void *send, void *receive, size_t count, ncclDataType_t type, ncclRedOp_t op,
        ncclComm_t comm, cudaStream_t stream) {
    return call(ALL_REDUCE, send, receive, count, type, op, 0, comm, stream);
}

EXPORTED ncclResult_t ncclReduce(const void *send, void *receive, size_t count, ncclDataType_t type, ncclRedOp_t op,
        int root, ncclComm_t comm, cudaStream_t stream) {
    return call(REDUCE, send, receive, count, type, op, root, comm, stream);
}

EXPORTED ncclResult_t ncclBroadcast(const void *send, void *receive, size_t count, ncclDataType_t type, int root,
        ncclComm_t comm, cudaStream_t stream) {
    return call(BROADCAST, send, receive, count, type, 0, root, comm, stream);
}

EXPORTED ncclResult_t ncclAllGather(
        const void *send, void *receive, size_t count, ncclDataType_t type, ncclComm_t comm, cudaStream_t stream) {
    return call(ALL_GATHER, send, receive, count, type, 0, 0, comm, stream);
}

EXPORTED ncclResult_t ncclReduceScatter(const void *send, void *receive, size_t count, ncclDataType_t type,
        ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
    return call(REDUCE_SCATTER, send, receive, count, type, op, 0, comm, stream);
}

EXPORTED ncclResult_t ncclSend(
        const void *from, size_t count, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream) {
    return call(SEND, from, nullptr, count, type, 0, peer, comm, stream);
}

EXPORTED ncclResult_t ncclRecv(
        void *to, size_t count, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream) {
    return call(RECV, nullptr, to, count, type, 0, peer, comm, stream);
}
