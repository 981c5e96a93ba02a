// Memory of devices, and host memory that is pinned. Both come out of wide ranges of addresses that cost nothing until they
// are touched; no address is given out twice, so that a stale pointer never hits what came later.
#include "memory.h"

#include <string.h>
#include <sys/mman.h>

namespace {

constexpr uint64_t UNIT = 512;
constexpr uint64_t PAGE = 4096;
// New memory holds NaNs as far as that is cheap.
constexpr uint64_t SOILED = 1 << 20;
constexpr int DIRT = 0xff;
constexpr int FENCE = 0xa5;

uint64_t up(uint64_t bytes, uint64_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

class Range {
public:
    uint64_t take(uint64_t bytes) {
        if (base == 0) {
            open();
        }
        if (bytes > size - used) {
            return 0;
        }
        uint64_t out = base + used;
        used += bytes;
        return out;
    }

    bool holds(uint64_t address) const {
        return address - base < used;
    }

    // Begins at its start again only when it nears its end.
    void empty() {
        drop(base, used);
        used = used > size / 2 ? 0 : used;
    }

    static void drop(uint64_t from, uint64_t bytes) {
        uint64_t first = up(from, PAGE);
        uint64_t end = (from + bytes) / PAGE * PAGE;
        if (end > first) {
            madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED);
        }
    }

private:
    void open() {
        for (size = uint64_t(1) << 44; size > 0; size /= 2) {
            void *at = mmap(
                    nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (at != MAP_FAILED) {
                base = reinterpret_cast<uint64_t>(at);
                return;
            }
        }
    }

    uint64_t base = 0;
    uint64_t size = 0;
    uint64_t used = 0;
};

Range of_devices;
Range of_host;

uint64_t fence_end(const Allocation &allocation) {
    return allocation.base + up(allocation.bytes, UNIT) + UNIT;
}

void check_fence(const Allocation &allocation) {
    const unsigned char *end = reinterpret_cast<const unsigned char *>(fence_end(allocation));
    for (auto *at = reinterpret_cast<unsigned char *>(allocation.base + allocation.bytes); at < end; at++) {
        if (*at != FENCE) {
            violation(text("something wrote beyond device memory 0x%llx of %llu bytes",
                    (unsigned long long) allocation.base, (unsigned long long) allocation.bytes));
            memset(at, FENCE, end - at);
            return;
        }
    }
}

HostMemory *host_at(uint64_t address) {
    auto at = state->host.upper_bound(address);
    if (at == state->host.begin()) {
        return nullptr;
    }
    --at;
    return address - at->first < at->second.bytes ? &at->second : nullptr;
}

bool whole_host(uint64_t address, uint64_t bytes) {
    auto at = std::prev(state->host.upper_bound(address));
    return bytes <= at->second.bytes - (address - at->first);
}

bool whole(const Allocation &allocation, uint64_t address, uint64_t bytes) {
    uint64_t offset = address - allocation.base;
    return bytes <= allocation.bytes - offset;
}

}  // namespace

Allocation *allocation_at(uint64_t address) {
    auto at = state->memory.upper_bound(address);
    if (at == state->memory.begin()) {
        return nullptr;
    }
    --at;
    // Just behind it counts, for that is where empty parts lie.
    return address - at->first <= at->second.bytes ? &at->second : nullptr;
}

Allocation *allocate(Device *device, uint64_t bytes) {
    uint64_t base = of_devices.take(up(bytes, UNIT) + UNIT);
    if (base == 0) {
        answer(OUT_OF_MEMORY);
    }
    Allocation &out = state->memory[base];
    out.base = base;
    out.bytes = bytes;
    out.device = device;
    memset(reinterpret_cast<void *>(base), DIRT, bytes < SOILED ? bytes : SOILED);
    memset(reinterpret_cast<void *>(base + bytes), FENCE, fence_end(out) - base - bytes);
    return &out;
}

void release(Allocation *allocation) {
    check_fence(*allocation);
    allocation->state = Allocation::FREED;
    allocation->given_back = true;
    Range::drop(allocation->base, fence_end(*allocation) - allocation->base);
    if (allocation->pool != nullptr) {
        give_to_pool(allocation);
    } else {
        allocation->device->used -= allocation->bytes;
    }
}

void free_all(Context *context) {
    for (auto &entry : state->memory) {
        Allocation &a = entry.second;
        // What pools give out goes with the primary context.
        bool mine = a.context == context || (a.pool != nullptr && context->primary && a.device == context->device);
        if (mine && a.state != Allocation::FREED) {
            if (context->failed == 0 && !a.given_back) {
                state->left.push_back(text("device memory 0x%llx was left to its context", (unsigned long long) a.base));
            }
            release(&a);
        }
    }
    for (auto at = state->host.begin(); at != state->host.end();) {
        if (at->second.context == context && context->failed == 0) {
            state->left.push_back(text("host memory 0x%llx was left to its context", (unsigned long long) at->first));
        }
        at = at->second.context == context ? state->host.erase(at) : std::next(at);
    }
}

void forget_memory() {
    of_devices.empty();
    of_host.empty();
}

void check_fences() {
    for (const auto &entry : state->memory) {
        if (entry.second.state == Allocation::LIVE) {
            check_fence(entry.second);
        }
    }
}

void add_memory_leaks(std::vector<std::string> &leaks) {
    for (const auto &entry : state->memory) {
        const Allocation &a = entry.second;
        bool gone = a.context != nullptr && a.context->failed != 0;
        if (!a.given_back && !gone) {
            leaks.push_back(text("device memory 0x%llx of %llu bytes was not freed", (unsigned long long) a.base,
                    (unsigned long long) a.bytes));
        }
    }
    for (const auto &entry : state->host) {
        if (entry.second.context->failed == 0) {
            leaks.push_back(text("host memory 0x%llx was not %s", (unsigned long long) entry.first,
                    entry.second.registered ? "unregistered" : "freed"));
        }
    }
}

Place place(uint64_t address, uint64_t bytes) {
    if (address == 0) {
        refuse(INVALID_VALUE, "a pointer is null");
    }
    if (of_devices.holds(address)) {
        Allocation *allocation = allocation_at(address);
        if (allocation == nullptr || !whole(*allocation, address, bytes)) {
            refuse(INVALID_VALUE, text("0x%llx and %llu bytes from there are not device memory",
                                          (unsigned long long) address, (unsigned long long) bytes));
        }
        if (allocation->state == Allocation::FREED) {
            refuse(INVALID_VALUE, text("device memory 0x%llx was freed before", (unsigned long long) address));
        }
        return Place::DEVICE;
    }
    HostMemory *host = host_at(address);
    if (host == nullptr && of_host.holds(address)) {
        refuse(INVALID_VALUE, text("host memory 0x%llx was freed before", (unsigned long long) address));
    }
    if (host != nullptr && !whole_host(address, bytes)) {
        refuse(INVALID_VALUE, text("%llu bytes from 0x%llx on are more than its host memory", (unsigned long long) bytes,
                                      (unsigned long long) address));
    }
    return host == nullptr ? Place::PAGEABLE : Place::PINNED;
}

bool reaches(Context *context, const Allocation &allocation) {
    if (allocation.device == context->device) {
        return true;
    }
    return allocation.pool != nullptr ? allocation.pool->readers.count(context->device->number) > 0
                                      : context->reaches.count(allocation.context) > 0;
}

std::string fault(Context *context, uint64_t address, uint64_t bytes) {
    if (!of_devices.holds(address)) {
        return host_at(address) != nullptr ? "" : "host memory that is not pinned, or not any more";
    }
    Allocation *allocation = allocation_at(address);
    if (allocation == nullptr) {
        return "no device memory";
    }
    if (allocation->state == Allocation::COMING) {
        return "device memory that is not allocated yet at this point of the stream";
    }
    if (allocation->state == Allocation::FREED) {
        return "device memory that was freed";
    }
    if (!whole(*allocation, address, bytes)) {
        return "beyond its device memory";
    }
    return context == nullptr || reaches(context, *allocation) ? "" : "memory of another device without access to it";
}

uint64_t take_host(uint64_t bytes) {
    return of_host.take(up(bytes, PAGE) + PAGE);
}

void drop_host(uint64_t base, uint64_t bytes) {
    Range::drop(base, up(bytes, PAGE));
}
