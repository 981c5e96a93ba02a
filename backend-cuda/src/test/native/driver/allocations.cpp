// cuMemAlloc and its kin; those of pools are in pools.cpp.
#include "memory.h"
#include "schedule.h"

namespace {

Allocation *to_be_freed(CUdeviceptr address) {
    Allocation *allocation = allocation_at(address);
    if (allocation == nullptr || allocation->base != address) {
        refuse(INVALID_VALUE, text("0x%llx is not the start of device memory", address));
    }
    if (allocation->given_back) {
        refuse(INVALID_VALUE, text("device memory 0x%llx was freed before", address));
    }
    return allocation;
}

// What of a device is given out or held by pools.
void check_room(Device *device, size_t bytes) {
    if (bytes > device->memory - device->used) {
        answer(OUT_OF_MEMORY);
    }
}

void register_host(void *at, size_t bytes, Context *context) {
    uint64_t base = reinterpret_cast<uint64_t>(given(at));
    if (bytes == 0) {
        refuse(INVALID_VALUE, "no bytes are to be registered");
    }
    auto next = state->host.lower_bound(base);
    bool overlaps = next != state->host.end() && next->first < base + bytes;
    if (next != state->host.begin()) {
        auto before = std::prev(next);
        overlaps = overlaps || base < before->first + before->second.bytes;
    }
    if (overlaps) {
        refuse(HOST_MEMORY_ALREADY_REGISTERED, text("host memory %p is registered already", at));
    }
    state->host[base] = {bytes, context, true};
}

void allocate_host(void **out, size_t bytes) {
    if (bytes == 0) {
        refuse(INVALID_VALUE, "no bytes are asked for");
    }
    unsafe_in_capture();
    uint64_t base = take_host(bytes);
    if (base == 0) {
        answer(OUT_OF_MEMORY);
    }
    state->host[base] = {bytes, current(), false};
    *given(out) = reinterpret_cast<void *>(base);
}

// Takes host memory away from the device, which may still be about to use it: then its command fails.
void forget_host(void *at, bool registered, Code unknown) {
    uint64_t base = reinterpret_cast<uint64_t>(at);
    auto found = state->host.find(base);
    if (found == state->host.end() || found->second.registered != registered) {
        refuse(unknown, text("%p is not the start of %s host memory", at, registered ? "registered" : "allocated"));
    }
    if (!registered) {
        drop_host(base, found->second.bytes);
    }
    state->host.erase(found);
}

}  // namespace

EXPORTED CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
    CALL(CONTEXT) {
        Device *device = current()->device;
        *given(available) = device->memory - device->used;
        *given(total) = device->memory;
    });
}

EXPORTED CUresult cuMemAlloc_v2(CUdeviceptr *out, size_t bytes) {
    CALL(CONTEXT) {
        if (bytes == 0) {
            refuse(INVALID_VALUE, "no bytes are asked for");
        }
        unsafe_in_capture();
        Context *context = current();
        check_room(context->device, bytes);
        Allocation *allocation = allocate(context->device, bytes);
        allocation->context = context;
        context->device->used += bytes;
        *given(out) = allocation->base;
    });
}

EXPORTED CUresult cuMemFree_v2(CUdeviceptr address) {
    CALL(CONTEXT) {
        if (address == 0) {
            return;
        }
        unsafe_in_capture();
        Allocation *allocation = to_be_freed(address);
        if (allocation->pool != nullptr) {
            // Of pools' memory nobody waits for those who still use it.
            if (allocation->state == Allocation::COMING) {
                refuse(INVALID_VALUE, text("device memory 0x%llx is not allocated yet", address));
            }
        } else {
            check_works(allocation->context);
            wait_for_context(allocation->context);
            check_works(allocation->context);
        }
        release(allocation);
    });
}

EXPORTED CUresult cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *bytes, CUdeviceptr address) {
    CALL(CONTEXT) {
        Allocation *allocation = allocation_at(address);
        if (allocation == nullptr || allocation->given_back) {
            refuse(NOT_FOUND, text("0x%llx is no device memory", address));
        }
        if (base != nullptr) {
            *base = allocation->base;
        }
        if (bytes != nullptr) {
            *bytes = allocation->bytes;
        }
    });
}

EXPORTED CUresult cuMemHostAlloc(void **out, size_t bytes, unsigned) {
    CALL(CONTEXT) { allocate_host(out, bytes); });
}

EXPORTED CUresult cuMemAllocHost_v2(void **out, size_t bytes) {
    CALL(CONTEXT) { allocate_host(out, bytes); });
}

EXPORTED CUresult cuMemFreeHost(void *at) {
    CALL(CONTEXT) {
        unsafe_in_capture();
        forget_host(at, false, INVALID_VALUE);
    });
}

EXPORTED CUresult cuMemHostRegister_v2(void *at, size_t bytes, unsigned) {
    CALL(CONTEXT) { register_host(at, bytes, current()); });
}

EXPORTED CUresult cuMemHostUnregister(void *at) {
    CALL(CONTEXT) { forget_host(at, true, HOST_MEMORY_NOT_REGISTERED); });
}

EXPORTED CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *out, void *at, unsigned) {
    CALL(CONTEXT) {
        if (place(reinterpret_cast<uint64_t>(at), 0) != Place::PINNED) {
            refuse(INVALID_VALUE, text("%p is no pinned host memory", at));
        }
        *given(out) = reinterpret_cast<uint64_t>(at);
    });
}

EXPORTED int double_memory(unsigned long long address, unsigned long long bytes) {
    std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
    if (!inside) {
        lock.lock();
    }
    Allocation *allocation = allocation_at(address);
    return allocation != nullptr && allocation->state == Allocation::LIVE && fault(nullptr, address, bytes).empty();
}
