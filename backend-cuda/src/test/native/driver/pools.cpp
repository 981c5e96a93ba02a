// Memory that is allocated and freed in the order of a stream. A pool holds on to what was freed until somebody waits for
// the device, and then to no more than its threshold.
#include "memory.h"
#include "schedule.h"

namespace {

enum PoolAttribute {
    REUSE_FIRST = 1,
    REUSE_LAST = 3,
    THRESHOLD = 4,
    RESERVED = 5,
    RESERVED_HIGH = 6,
    USED = 7,
    USED_HIGH = 8
};

// Pools hold memory in pieces of this many bytes.
constexpr uint64_t PIECE = 2 << 20;

uint64_t pieces(uint64_t bytes) {
    return (bytes + PIECE - 1) / PIECE * PIECE;
}

void resize(Pool *pool, uint64_t reserved) {
    pool->device->used += reserved - pool->reserved;
    pool->reserved = reserved;
    pool->reserved_high = reserved > pool->reserved_high ? reserved : pool->reserved_high;
}

void shrink(Pool *pool, uint64_t least) {
    uint64_t keep = pieces(pool->used);
    keep = keep < least ? least : keep;
    if (keep < pool->reserved) {
        resize(pool, keep);
    }
}

void check_pools() {
    if (!state->pools) {
        answer(NOT_SUPPORTED);
    }
}

Pool *create_pool(Device *device) {
    Pool *pool = create<Pool>(nullptr);
    pool->device = device;
    state->memory_pools.push_back(pool);
    return pool;
}

Pool *own_pool(Device *device) {
    if (device->own_pool == nullptr) {
        device->own_pool = create_pool(device);
        device->own_pool->internal = true;
    }
    return device->own_pool;
}

Pool *pool_of(Device *device) {
    return device->pool == nullptr || !device->pool->alive ? own_pool(device) : device->pool;
}

void allocate_in_order(CUdeviceptr *out, size_t bytes, Pool *pool, Stream *stream) {
    if (bytes == 0) {
        refuse(INVALID_VALUE, "no bytes are asked for");
    }
    if (stream->capture != nullptr) {
        refuse(NOT_SUPPORTED, "memory nodes of graphs are not modelled");
    }
    uint64_t reserved = pieces(pool->used + bytes);
    if (reserved > pool->reserved) {
        if (reserved - pool->reserved > pool->device->memory - pool->device->used) {
            answer(OUT_OF_MEMORY);
        }
        resize(pool, reserved);
    }
    Allocation *allocation = allocate(pool->device, bytes);
    allocation->pool = pool;
    allocation->state = Allocation::COMING;
    pool->used += bytes;
    pool->used_high = pool->used > pool->used_high ? pool->used : pool->used_high;
    *given(out) = allocation->base;
    enqueue(stream, {"cuMemAllocAsync", [=] {
                         allocation->state = Allocation::LIVE;
                         return SUCCESS;
                     }});
}

void free_in_order(CUdeviceptr address, Stream *stream) {
    Allocation *allocation = allocation_at(address);
    if (allocation == nullptr || allocation->base != address) {
        refuse(INVALID_VALUE, text("0x%llx is not the start of device memory", address));
    }
    if (allocation->given_back) {
        refuse(INVALID_VALUE, text("device memory 0x%llx was freed before", address));
    }
    if (stream->capture != nullptr) {
        refuse(NOT_SUPPORTED, "memory nodes of graphs are not modelled");
    }
    allocation->given_back = true;
    enqueue(stream, {"cuMemFreeAsync", [=]() -> int {
                         if (allocation->state != Allocation::LIVE) {
                             violation(text("cuMemFreeAsync: device memory 0x%llx is freed before it is allocated",
                                     (unsigned long long) allocation->base));
                             return ILLEGAL_ADDRESS;
                         }
                         release(allocation);
                         return SUCCESS;
                     }});
}

uint64_t *counter(Pool *pool, int attribute) {
    switch (attribute) {
        case THRESHOLD:
            return &pool->threshold;
        case RESERVED:
            return &pool->reserved;
        case RESERVED_HIGH:
            return &pool->reserved_high;
        case USED:
            return &pool->used;
        case USED_HIGH:
            return &pool->used_high;
        default:
            answer(INVALID_VALUE);
    }
}

}  // namespace

void give_to_pool(Allocation *allocation) {
    allocation->pool->used -= allocation->bytes;
}

void trim_pools() {
    for (Pool *pool : state->memory_pools) {
        shrink(pool, pool->alive ? pool->threshold : 0);
    }
}

EXPORTED CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *out, CUdevice number) {
    CALL(INITIALIZED) {
        check_pools();
        *given(out) = own_pool(device(number))->handle;
    });
}

EXPORTED CUresult cuDeviceGetMemPool(CUmemoryPool *out, CUdevice number) {
    CALL(INITIALIZED) {
        check_pools();
        *given(out) = pool_of(device(number))->handle;
    });
}

EXPORTED CUresult cuDeviceSetMemPool(CUdevice number, CUmemoryPool pool) {
    CALL(INITIALIZED) {
        check_pools();
        device(number)->pool = find<Pool>(pool);
    });
}

EXPORTED CUresult cuMemPoolCreate(CUmemoryPool *out, const PoolProperties *properties) {
    CALL(INITIALIZED) {
        check_pools();
        *given(out) = create_pool(device(given(properties)->location.id))->handle;
    });
}

EXPORTED CUresult cuMemPoolDestroy(CUmemoryPool pool) {
    CALL(INITIALIZED) {
        Pool *found = find<Pool>(pool);
        if (found->internal) {
            refuse(INVALID_VALUE, "the pool is the device's own");
        }
        found->alive = false;
        shrink(found, 0);
    });
}

EXPORTED CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void *value) {
    CALL(INITIALIZED) {
        Pool *found = find<Pool>(pool);
        if (attribute >= REUSE_FIRST && attribute <= REUSE_LAST) {
            found->reuse[attribute - REUSE_FIRST] = *static_cast<int *>(given(value));
            return;
        }
        uint64_t wanted = *static_cast<uint64_t *>(given(value));
        bool high = attribute == RESERVED_HIGH || attribute == USED_HIGH;
        if (attribute != THRESHOLD && !(high && wanted == 0)) {
            refuse(INVALID_VALUE, text("attribute %d of a pool cannot be set so", attribute));
        }
        *counter(found, attribute) = wanted;
    });
}

EXPORTED CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attribute, void *value) {
    CALL(INITIALIZED) {
        Pool *found = find<Pool>(pool);
        if (attribute >= REUSE_FIRST && attribute <= REUSE_LAST) {
            *static_cast<int *>(given(value)) = found->reuse[attribute - REUSE_FIRST];
        } else {
            *static_cast<uint64_t *>(given(value)) = *counter(found, attribute);
        }
    });
}

EXPORTED CUresult cuMemPoolSetAccess(CUmemoryPool pool, const AccessDescription *descriptions, size_t count) {
    CALL(INITIALIZED) {
        Pool *found = find<Pool>(pool);
        for (size_t i = 0; i < count; i++) {
            const AccessDescription &d = given(descriptions)[i];
            Device *reader = device(d.location.id);
            if (reader != found->device && !state->peers) {
                answer(INVALID_DEVICE);
            }
            if (d.flags == 0) {
                found->readers.erase(reader->number);
            } else {
                found->readers.insert(reader->number);
            }
        }
    });
}

EXPORTED CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t least) {
    CALL(INITIALIZED) { shrink(find<Pool>(pool), least); });
}

EXPORTED CUresult cuMemAllocAsync(CUdeviceptr *out, size_t bytes, CUstream handle) {
    CALL(CONTEXT) {
        check_pools();
        Stream *on = own_stream(handle);
        allocate_in_order(out, bytes, pool_of(on->context->device), on);
    });
}

EXPORTED CUresult cuMemAllocFromPoolAsync(CUdeviceptr *out, size_t bytes, CUmemoryPool pool, CUstream handle) {
    CALL(CONTEXT) {
        check_pools();
        allocate_in_order(out, bytes, find<Pool>(pool), own_stream(handle));
    });
}

EXPORTED CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
    CALL(CONTEXT) {
        check_pools();
        free_in_order(address, own_stream(handle));
    });
}
