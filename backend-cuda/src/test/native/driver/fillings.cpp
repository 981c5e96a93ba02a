// cuMemset and its kin, none of which waits for the device.
#include <string.h>

#include "memory.h"
#include "schedule.h"

namespace {

template <typename T>
void fill(CUdeviceptr to, T value, size_t count, Stream *stream) {
    size_t bytes = count * sizeof(T);
    if (to % sizeof(T) != 0) {
        refuse(INVALID_VALUE, text("0x%llx is no multiple of %zu", to, sizeof(T)));
    }
    if (bytes == 0) {
        return;
    }
    place(to, bytes);
    const char *what = state->function;
    enqueue(stream, {what, [=]() -> int {
                         std::string why = fault(stream->context, to, bytes);
                         if (!why.empty()) {
                             violation(text("%s: 0x%llx and %zu bytes from there: %s", what, to, bytes, why.c_str()));
                             return ILLEGAL_ADDRESS;
                         }
                         for (size_t i = 0; i < count; i++) {
                             memcpy(reinterpret_cast<void *>(to + i * sizeof(T)), &value, sizeof(T));
                         }
                         return SUCCESS;
                     }});
}

Stream *null_stream() {
    unsafe_in_capture();
    return stream(nullptr);
}

}  // namespace

EXPORTED CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
    CALL(CONTEXT) { fill(to, value, count, null_stream()); });
}

EXPORTED CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
    CALL(CONTEXT) { fill(to, value, count, null_stream()); });
}

EXPORTED CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
    CALL(CONTEXT) { fill(to, value, count, null_stream()); });
}

EXPORTED CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream handle) {
    CALL(CONTEXT) { fill(to, value, count, own_stream(handle)); });
}

EXPORTED CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream handle) {
    CALL(CONTEXT) { fill(to, value, count, own_stream(handle)); });
}

EXPORTED CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream handle) {
    CALL(CONTEXT) { fill(to, value, count, own_stream(handle)); });
}
