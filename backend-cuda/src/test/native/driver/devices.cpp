// The devices and their primary contexts' neighbours: names, attributes, who reaches whom.
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

namespace {

// Those of an A100, where the configuration says nothing else.
int attribute(const Device *device, int number) {
    switch (number) {
        case 1:  // threads per block
        case 2:
        case 3:
            return 1024;
        case 4:
            return 64;
        case 5:  // blocks of a grid
            return 2147483647;
        case 6:
        case 7:
            return 65535;
        case 8:  // bytes of shared memory per block
            return 48 << 10;
        case 9:  // bytes of constant memory
            return 64 << 10;
        case 10:  // lanes of a warp
            return 32;
        case 12:  // registers per block and per multiprocessor
        case 82:
            return 64 << 10;
        case 13:  // kilohertz
            return 1410000;
        case 14:  // alignment of textures
            return 512;
        case 16:
            return device->multiprocessors;
        case 19:  // host memory can be mapped, kernels run beside each other, addresses are unified
        case 31:
        case 32:
        case 41:
        case 78:
        case 83:
        case 95:
            return 1;
        case 33:  // bus
            return device->number + 1;
        case 36:  // kilohertz and bits of the memory
            return 1215000;
        case 37:
            return 5120;
        case 38:  // bytes of the second level cache
            return 40 << 20;
        case 39:  // threads per multiprocessor
            return 2048;
        case 40:  // engines for copies
            return 2;
        case 75:
            return device->capability / 10;
        case 76:
            return device->capability % 10;
        case 81:  // bytes of shared memory per multiprocessor, and of a block that asks for it
            return 164 << 10;
        case 97:
            return 163 << 10;
        case 106:  // blocks per multiprocessor
            return 32;
        case 115:
            return state->pools ? 1 : 0;
        default:
            return 0;
    }
}

// After the last attribute that JCuda knows.
constexpr int ATTRIBUTES = 140;

// Devices of two hosts have different identities; FNV-1a of the host's name tells hosts apart.
void identify(char *out, const Device *device, bool part) {
    char host[256] = {};
    gethostname(host, sizeof host - 1);
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *c = host; *c != 0; c++) {
        hash = (hash ^ static_cast<unsigned char>(*c)) * 0x100000001b3;
    }
    memset(out, 0, 16);
    memcpy(out, "double", 6);
    memcpy(out + 6, &hash, sizeof hash);
    out[14] = static_cast<char>(part ? 1 : 0);
    out[15] = static_cast<char>(device->number);
}

}  // namespace

EXPORTED CUresult cuInit(unsigned flags) {
    CALL(NOTHING) {
        if (flags != 0) {
            answer(INVALID_VALUE);
        }
        if (state->devices.empty()) {
            answer(NO_DEVICE);
        }
        state->initialized = true;
    });
}

EXPORTED CUresult cuDriverGetVersion(int *version) {
    CALL(NOTHING) { *given(version) = state->version; });
}

EXPORTED CUresult cuDeviceGetCount(int *count) {
    CALL(INITIALIZED) { *given(count) = static_cast<int>(state->devices.size()); });
}

EXPORTED CUresult cuDeviceGet(CUdevice *out, int ordinal) {
    CALL(INITIALIZED) { *given(out) = device(ordinal)->number; });
}

EXPORTED CUresult cuDeviceGetName(char *out, int length, CUdevice number) {
    CALL(INITIALIZED) { snprintf(given(out), length, "%s", device(number)->name.c_str()); });
}

EXPORTED CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice number) {
    CALL(INITIALIZED) { *given(bytes) = device(number)->memory; });
}

EXPORTED CUresult cuDeviceGetAttribute(int *out, int number, CUdevice of) {
    CALL(INITIALIZED) {
        if (number < 1 || number > ATTRIBUTES) {
            answer(INVALID_VALUE);
        }
        *given(out) = attribute(device(of), number);
    });
}

EXPORTED CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice number) {
    CALL(INITIALIZED) {
        *given(major) = device(number)->capability / 10;
        *given(minor) = device(number)->capability % 10;
    });
}

// The old function names the whole device, the new one the part of it.
EXPORTED CUresult cuDeviceGetUuid(char *out, CUdevice number) {
    CALL(INITIALIZED) { identify(given(out), device(number), false); });
}

EXPORTED CUresult cuDeviceGetUuid_v2(char *out, CUdevice number) {
    CALL(INITIALIZED) { identify(given(out), device(number), device(number)->mig); });
}

EXPORTED CUresult cuDeviceGetPCIBusId(char *out, int length, CUdevice number) {
    CALL(INITIALIZED) { snprintf(given(out), length, "0000:%02x:00.0", device(number)->number + 1); });
}

EXPORTED CUresult cuDeviceCanAccessPeer(int *out, CUdevice from, CUdevice to) {
    CALL(INITIALIZED) { *given(out) = device(from) != device(to) && state->peers ? 1 : 0; });
}

EXPORTED CUresult cuDeviceGetP2PAttribute(int *out, int number, CUdevice from, CUdevice to) {
    CALL(INITIALIZED) {
        if (device(from) == device(to)) {
            answer(INVALID_DEVICE);
        }
        // The first is a rank, best first.
        *given(out) = number == 1 ? 0 : state->peers ? 1 : 0;
    });
}
