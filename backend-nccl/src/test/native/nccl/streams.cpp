// What runs on streams: in steps, as far as the other ranks have come.
#include <string.h>

#include <algorithm>

#include "comms.h"

namespace {

enum { WAITS = 0, DONE = 1, WENT_ON = 2 };

uint64_t elements(const Comm &comm, const Call &call) {
    return call.kind == REDUCE_SCATTER ? call.count * comm.size : call.count;
}

bool same(const Call &a, const Call &b) {
    return a.kind == b.kind && a.type == b.type && a.op == b.op && a.root == b.root && a.count == b.count;
}

// Tells all ranks what does not fit, once.
void mismatch(Comm *comm, const std::string &what) {
    Board *board = comm->shared->board();
    int none = 0;
    if (board->mismatch.compare_exchange_strong(none, 1)) {
        snprintf(board->text, sizeof board->text, "%s", what.c_str());
        board->mismatch.store(2);
        violation(what);
    }
    look_for_losses(comm);
}

void compare(Comm *comm, const Call &own) {
    for (int r = 0; r < comm->size; r++) {
        const Call &other = comm->shared->slot(r)->call;
        if (!same(own, other)) {
            mismatch(comm, text("rank %d calls %s where rank %d calls %s", comm->rank, describe(own).c_str(), r,
                                   describe(other).c_str()));
            return;
        }
    }
}

bool all_read(const Comm &comm, uint64_t least) {
    for (int r = 0; r < comm.size; r++) {
        if (comm.shared->slot(r)->read.load(std::memory_order_acquire) < least) {
            return false;
        }
    }
    return true;
}

bool all_written(const Comm &comm, uint64_t least) {
    for (int r = 0; r < comm.size; r++) {
        if (comm.shared->slot(r)->written.load(std::memory_order_acquire) < least) {
            return false;
        }
    }
    return true;
}

void reduce_part(const Comm &comm, const Op &op, char *to, uint64_t skip, uint64_t count) {
    std::vector<const void *> from;
    for (int r = 0; r < comm.size; r++) {
        from.push_back(comm.shared->chunk(r) + skip * bytes_of(op.call.type));
    }
    reduce(to, from, count, op.call.type, op.call.op);
}

// What a rank takes from the elements from `low` on, which all have written.
void take(const Comm &comm, const Op &op, uint64_t low, uint64_t high) {
    size_t bytes = bytes_of(op.call.type);
    const Call &call = op.call;
    uint64_t first = call.count * comm.rank;
    uint64_t begin = std::max(low, first);
    uint64_t end = std::min(high, first + call.count);
    switch (call.kind) {
        case ALL_REDUCE:
            return reduce_part(comm, op, op.receive + low * bytes, 0, high - low);
        case REDUCE:
            if (comm.rank == call.root) {
                reduce_part(comm, op, op.receive + low * bytes, 0, high - low);
            }
            return;
        case BROADCAST:
            memcpy(op.receive + low * bytes, comm.shared->chunk(call.root), (high - low) * bytes);
            return;
        case ALL_GATHER:
            for (int r = 0; r < comm.size; r++) {
                memcpy(op.receive + (call.count * r + low) * bytes, comm.shared->chunk(r), (high - low) * bytes);
            }
            return;
        default:
            if (begin < end) {
                reduce_part(comm, op, op.receive + (begin - first) * bytes, begin - low, end - begin);
            }
    }
}

// One step of a collective: every rank writes a part, then all read.
int collective(Comm *comm, Op *op) {
    Slot *slot = comm->shared->slot(comm->rank);
    size_t bytes = bytes_of(op->call.type);
    uint64_t total = elements(*comm, op->call);
    uint64_t low = op->elements_done;
    uint64_t high = std::min(total, low + CHUNK / bytes);
    bool went_on = false;
    if (slot->written.load() == comm->step) {
        if (!all_read(*comm, comm->step)) {
            return WAITS;
        }
        if (!op->begun) {
            op->begun = true;
            slot->call = op->call;
            slot->collective.store(comm->collectives + 1);
        }
        bool gives = op->call.kind != BROADCAST || op->call.root == comm->rank;
        if (gives && high > low) {
            memcpy(comm->shared->chunk(comm->rank), op->send + low * bytes, (high - low) * bytes);
        }
        slot->written.store(comm->step + 1, std::memory_order_release);
        went_on = true;
    }
    if (!all_written(*comm, comm->step + 1)) {
        return went_on ? WENT_ON : WAITS;
    }
    if (low == 0) {
        compare(comm, op->call);
        if (comm->error != 0) {
            return WAITS;
        }
    }
    if (high > low) {
        take(*comm, *op, low, high);
    }
    slot->read.store(++comm->step, std::memory_order_release);
    op->elements_done = high;
    if (high < total) {
        return WENT_ON;
    }
    op->done = true;
    comm->collectives++;
    slot->collective.store(0);
    return WENT_ON;
}

// Whether the other side of a message has come, and is of the same size.
bool meet(Comm *comm, Op *op, Channel *channel, bool sends) {
    if (op->met) {
        return true;
    }
    uint64_t number = sends ? comm->sent[op->call.root] : comm->received[op->call.root];
    if (!op->begun) {
        op->begun = true;
        (sends ? channel->sent : channel->received) = op->call;
        (sends ? channel->offered : channel->accepted).store(number + 1, std::memory_order_release);
    }
    if ((sends ? channel->accepted : channel->offered).load(std::memory_order_acquire) <= number) {
        // A rank that is in a collective comes to no message before all others have come to the collective.
        if (comm->shared->slot(op->call.root)->collective.load() > comm->collectives) {
            mismatch(comm, text("rank %d calls %s where rank %d calls %s", comm->rank, describe(op->call).c_str(),
                                   op->call.root, describe(comm->shared->slot(op->call.root)->call).c_str()));
        }
        return false;
    }
    const Call &other = sends ? channel->received : channel->sent;
    if (other.type != op->call.type || other.count != op->call.count) {
        mismatch(comm, text("rank %d calls %s where rank %d calls %s", comm->rank, describe(op->call).c_str(),
                               op->call.root, describe(other).c_str()));
        return false;
    }
    op->met = true;
    return true;
}

int message(Comm *comm, Op *op) {
    bool sends = op->call.kind == SEND;
    int from = sends ? comm->rank : op->call.root;
    int to = sends ? op->call.root : comm->rank;
    Channel *channel = comm->shared->channel(from, to);
    if (!meet(comm, op, channel, sends)) {
        return WAITS;
    }
    size_t bytes = op->call.count * bytes_of(op->call.type);
    uint64_t chunks = std::max<uint64_t>(1, (bytes + POST - 1) / POST);
    bool empty = channel->written.load(std::memory_order_acquire) == channel->read.load(std::memory_order_acquire);
    size_t at = op->chunks_done * POST;
    size_t part = at < bytes ? std::min(POST, bytes - at) : 0;
    if (op->chunks_done < chunks) {
        if (sends != empty) {
            return WAITS;
        }
        if (sends) {
            memcpy(comm->shared->post(from, to), op->send + at, part);
            channel->written.fetch_add(1, std::memory_order_release);
        } else {
            memcpy(op->receive + at, comm->shared->post(from, to), part);
            channel->read.fetch_add(1, std::memory_order_release);
        }
        op->chunks_done++;
    } else if (!empty) {
        return WAITS;
    }
    if (op->chunks_done == chunks && (!sends || channel->written.load() == channel->read.load())) {
        op->done = true;
        (sends ? comm->sent : comm->received)[op->call.root]++;
    }
    return WENT_ON;
}

// Messages of a group go on beside each other, but those between the same two ranks one after the other.
int messages(Comm *comm, Launch *launch) {
    int out = DONE;
    std::vector<std::pair<uint32_t, int>> busy;
    for (Op &op : launch->ops) {
        std::pair<uint32_t, int> way(op.call.kind, op.call.root);
        if (op.done || std::find(busy.begin(), busy.end(), way) != busy.end()) {
            continue;
        }
        busy.push_back(way);
        if (message(comm, &op) == WENT_ON) {
            out = WENT_ON;
        } else if (out == DONE) {
            out = WAITS;
        }
    }
    return out;
}

int go_on(Comm *comm, Launch *launch) {
    for (Op &op : launch->ops) {
        if (!op.done && op.call.kind < SEND) {
            return collective(comm, &op);
        }
    }
    return messages(comm, launch);
}

bool readable(Comm *comm, const void *memory, uint64_t count, const Op &op) {
    uint64_t bytes = count * bytes_of(op.call.type);
    if (memory == nullptr || bytes == 0 || driver().memory(reinterpret_cast<uintptr_t>(memory), bytes)) {
        return true;
    }
    fail(comm, ncclUnhandledCudaError, true, text("rank %d calls %s with %llu bytes at %p, which are not all allocated",
                                                 comm->rank, describe(op.call).c_str(),
                                                 static_cast<unsigned long long>(bytes), memory));
    violation(text("%s: %llu bytes at %p are not all allocated", describe(op.call).c_str(),
            static_cast<unsigned long long>(bytes), memory));
    return false;
}

bool begin(Comm *comm, Launch *launch) {
    launch->began = now_nanos();
    for (const Op &op : launch->ops) {
        uint64_t gives = elements(*comm, op.call);
        uint64_t gets = op.call.kind == ALL_GATHER ? op.call.count * comm->size : op.call.count;
        if (!readable(comm, op.send, gives, op) || !readable(comm, op.receive, gets, op)) {
            return false;
        }
    }
    int what = injected_collective();
    launch->stays = what != 0;
    if (what > 0) {
        fail(comm, what, false, "the double was told to fail");
    }
    return true;
}

}  // namespace

int attempt(void *argument) {
    Launch *launch = static_cast<std::shared_ptr<Launch> *>(argument)->get();
    Comm *comm = launch->comm.get();
    if (comm->aborted) {
        return DONE;
    }
    if (comm->completed != launch->ticket) {
        return WAITS;
    }
    if (launch->began == 0 && comm->error == 0) {
        begin(comm, launch);
    }
    if (comm->error != 0) {
        return comm->ends ? DONE : WAITS;
    }
    if (launch->stays || now_nanos() - launch->began < settings().delay_micros * 1000) {
        return WAITS;
    }
    int out = go_on(comm, launch);
    if (out == DONE) {
        launch->done = true;
        comm->completed = launch->ticket + 1;
    } else if (out == WAITS) {
        look_for_losses(comm);
    }
    return out;
}

void drop(void *argument) {
    std::shared_ptr<Launch> *launch = static_cast<std::shared_ptr<Launch> *>(argument);
    Comm *comm = (*launch)->comm.get();
    if (!(*launch)->done && comm->completed <= (*launch)->ticket) {
        comm->completed = (*launch)->ticket + 1;
    }
    delete launch;
}
