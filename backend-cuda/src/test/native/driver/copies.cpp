// Copies and fillings. Host memory that is not pinned is read before a call returns and written before it returns; what is
// pinned is read and written when the copy's turn has come.
#include <string.h>

#include "memory.h"
#include "schedule.h"

namespace {

struct Copy {
    uint64_t to;
    uint64_t from;
    size_t bytes;
};

void *pointer(uint64_t address) {
    return reinterpret_cast<void *>(address);
}

uint64_t number(const void *at) {
    return reinterpret_cast<uint64_t>(at);
}

// Whether a range is fit for a command that has begun; if not, the context fails.
bool usable(const char *what, uint64_t address, size_t bytes) {
    std::string why = fault(nullptr, address, bytes);
    if (!why.empty()) {
        violation(text("%s: 0x%llx and %zu bytes from there: %s", what, (unsigned long long) address, bytes, why.c_str()));
    }
    return why.empty();
}

// Across devices: what a device cannot reach goes through the host, unless it belongs to a pool.
void check_peers(const Copy &copy) {
    Allocation *to = allocation_at(copy.to);
    Allocation *from = allocation_at(copy.from);
    if (to->device == from->device) {
        return;
    }
    Context *there = to->context != nullptr ? to->context : to->device->primary;
    Context *here = from->context != nullptr ? from->context : from->device->primary;
    bool direct = (there != nullptr && reaches(there, *from)) || (here != nullptr && reaches(here, *to));
    if (direct) {
        return;
    }
    if (to->pool != nullptr || from->pool != nullptr) {
        refuse(INVALID_VALUE, "memory of a pool of another device, without access to it");
    }
    if (state->peers) {
        violation(text("%s: goes through the host, for peer access is not enabled", state->function));
    }
}

CommandRef enqueue_copy(Stream *stream, const Copy &copy, bool staged) {
    const char *what = state->function;
    if (staged) {
        auto *start = static_cast<char *>(pointer(copy.from));
        auto stage = std::make_shared<std::vector<char>>(start, start + copy.bytes);
        return enqueue(stream, {what, [=]() -> int {
                                    if (!usable(what, copy.to, copy.bytes)) {
                                        return ILLEGAL_ADDRESS;
                                    }
                                    memcpy(pointer(copy.to), stage->data(), copy.bytes);
                                    return SUCCESS;
                                }});
    }
    return enqueue(stream, {what, [=]() -> int {
                                if (!usable(what, copy.to, copy.bytes) || !usable(what, copy.from, copy.bytes)) {
                                    return ILLEGAL_ADDRESS;
                                }
                                if (!state->idle) {
                                    memmove(pointer(copy.to), pointer(copy.from), copy.bytes);
                                }
                                return SUCCESS;
                            }});
}

// Into pageable memory: at once, since nobody knows how long it will be there.
void copy_out(Stream *stream, const Copy &copy, bool from_device) {
    const char *what = state->function;
    CommandRef command = enqueue(stream, {what, [=]() -> int {
                                              if (from_device && !usable(what, copy.from, copy.bytes)) {
                                                  return ILLEGAL_ADDRESS;
                                              }
                                              memmove(pointer(copy.to), pointer(copy.from), copy.bytes);
                                              return SUCCESS;
                                          }});
    wait_for({command});
    check_works(stream->context);
}

void copy(Stream *stream, const Copy &copy, bool returns_early) {
    if (copy.bytes == 0) {
        return;
    }
    Place to = place(copy.to, copy.bytes);
    Place from = place(copy.from, copy.bytes);
    bool pageable = to == Place::PAGEABLE || from == Place::PAGEABLE;
    if (stream->capture != nullptr && pageable) {
        stream->capture->broken = true;
        refuse(STREAM_CAPTURE_UNSUPPORTED, "a copy of memory that is not pinned cannot be captured");
    }
    if (to == Place::DEVICE && from == Place::DEVICE) {
        check_peers(copy);
    }
    if (to == Place::PAGEABLE) {
        copy_out(stream, copy, from != Place::PAGEABLE);
        return;
    }
    CommandRef command = enqueue_copy(stream, copy, from == Place::PAGEABLE);
    bool on_host = to != Place::DEVICE && from != Place::DEVICE;
    bool at_leisure = returns_early || from == Place::PAGEABLE || (to == Place::DEVICE && from == Place::DEVICE);
    if (on_host || !at_leisure) {
        wait_for({command});
        check_works(stream->context);
    }
}

void expect_device(uint64_t address, size_t bytes) {
    if (bytes > 0 && place(address, bytes) != Place::DEVICE) {
        refuse(INVALID_VALUE, text("0x%llx is no device memory", (unsigned long long) address));
    }
}

// On the null stream, which stands for calls that name none.
void copy_now(const Copy &what) {
    unsafe_in_capture();
    copy(stream(nullptr), what, false);
}

void expect_context(CUcontext handle, uint64_t address, size_t bytes) {
    Context *context = find<Context>(handle);
    check_works(context);
    expect_device(address, bytes);
    if (bytes > 0 && allocation_at(address)->device != context->device) {
        refuse(INVALID_VALUE, text("0x%llx is not memory of the context given for it", (unsigned long long) address));
    }
}

void add_all(Context *context, const CommandRef &command) {
    for (Stream *stream : context->streams) {
        depend(command, stream->last);
    }
}

// In line with everything in the three contexts, before and after.
void copy_between(Context *to, Context *from, const Copy &copy) {
    check_peers(copy);
    const char *what = state->function;
    CommandRef command = make(current(), {what, [=]() -> int {
                                              if (!usable(what, copy.to, copy.bytes) ||
                                                  !usable(what, copy.from, copy.bytes)) {
                                                  return ILLEGAL_ADDRESS;
                                              }
                                              memmove(pointer(copy.to), pointer(copy.from), copy.bytes);
                                              return SUCCESS;
                                          }});
    std::set<Context *> contexts = {to, from, current()};
    for (Context *context : contexts) {
        add_all(context, command);
        depend(command, context->barrier);
        context->barrier = command;
    }
    submit(command);
}

}  // namespace

EXPORTED CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    CALL(CONTEXT) { copy_now({to, from, bytes}); });
}

EXPORTED CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream handle) {
    CALL(CONTEXT) { copy(stream(handle), {to, from, bytes}, true); });
}

EXPORTED CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes) {
    CALL(CONTEXT) {
        expect_device(to, bytes);
        copy_now({to, number(from), bytes});
    });
}

EXPORTED CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream handle) {
    CALL(CONTEXT) {
        expect_device(to, bytes);
        copy(stream(handle), {to, number(from), bytes}, true);
    });
}

EXPORTED CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
    CALL(CONTEXT) {
        expect_device(from, bytes);
        copy_now({number(to), from, bytes});
    });
}

EXPORTED CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream handle) {
    CALL(CONTEXT) {
        expect_device(from, bytes);
        copy(stream(handle), {number(to), from, bytes}, true);
    });
}

EXPORTED CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    CALL(CONTEXT) {
        expect_device(to, bytes);
        expect_device(from, bytes);
        copy_now({to, from, bytes});
    });
}

EXPORTED CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream handle) {
    CALL(CONTEXT) {
        expect_device(to, bytes);
        expect_device(from, bytes);
        copy(stream(handle), {to, from, bytes}, true);
    });
}

EXPORTED CUresult cuMemcpyPeer(
        CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context, size_t bytes) {
    CALL(CONTEXT) {
        unsafe_in_capture();
        expect_context(to_context, to, bytes);
        expect_context(from_context, from, bytes);
        if (bytes > 0) {
            copy_between(find<Context>(to_context), find<Context>(from_context), {to, from, bytes});
        }
    });
}

EXPORTED CUresult cuMemcpyPeerAsync(
        CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context, size_t bytes, CUstream handle) {
    CALL(CONTEXT) {
        expect_context(to_context, to, bytes);
        expect_context(from_context, from, bytes);
        copy(stream(handle), {to, from, bytes}, true);
    });
}
