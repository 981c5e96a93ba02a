// A double of cuBLAS: its arithmetic in plain loops on a stream of the driver's double. Stricter than cuBLAS where our own
// rules are: a stream and a workspace must be set before a product.
#include "cublas_double.h"
#include "numbers.h"

#ifndef MAJOR
#define MAJOR 12
#endif

struct Handle {
    void *context;
    void *stream = nullptr;
    void *workspace = nullptr;
};

static int usable(const Handle *handle) {
    if (!lives(handle)) {
        return NOT_INITIALIZED;
    }
    return current_context() == handle->context ? SUCCESS : EXECUTION_FAILED;
}

#define USABLE(handle)                    \
    do {                                  \
        int unusable = usable(handle);    \
        if (unusable != SUCCESS) {        \
            return unusable;              \
        }                                 \
    } while (0)

EXPORT int cublasGetProperty(int property, int *value) {
    INJECT("cublasGetProperty");
    static const int version[] = {MAJOR, 4, 5};
    if (property < 0 || property > 2 || value == nullptr) {
        return INVALID_VALUE;
    }
    *value = version[property];
    return SUCCESS;
}

EXPORT const char *cublasGetStatusString(int status) {
    return status == NOT_SUPPORTED ? "the double does not support this" : "the double says no";
}

EXPORT int cublasCreate_v2(Handle **handle) {
    INJECT("cublasCreate_v2");
    find_driver();
    if (current_context() == nullptr) {
        return NOT_INITIALIZED;
    }
    *handle = born(new Handle{current_context()});
    return SUCCESS;
}

EXPORT int cublasDestroy_v2(Handle *handle) {
    INJECT("cublasDestroy_v2");
    return bury(handle) ? SUCCESS : NOT_INITIALIZED;
}

EXPORT int cublasSetStream_v2(Handle *handle, void *stream) {
    INJECT("cublasSetStream_v2");
    USABLE(handle);
    handle->stream = stream;
    handle->workspace = nullptr;
    return SUCCESS;
}

EXPORT int cublasSetWorkspace_v2(Handle *handle, void *workspace, size_t bytes) {
    INJECT("cublasSetWorkspace_v2");
    USABLE(handle);
    if ((uintptr_t) workspace % 256 != 0 || !on_device(Memory{workspace, bytes})) {
        return INVALID_VALUE;
    }
    handle->workspace = workspace;
    return SUCCESS;
}

EXPORT int cublasSetMathMode(Handle *handle, int mode) {
    INJECT("cublasSetMathMode");
    USABLE(handle);
    return (mode & ~16) > 3 ? INVALID_VALUE : SUCCESS;
}

struct Operand {
    void *data;
    int type;
    int leading;
    long long stride;

    Memory memory(size_t columns, size_t rows, size_t count) const {
        return {data, ((count - 1) * stride + (columns - 1) * leading + rows) * size_of(type)};
    }

    char *of(size_t product) const {
        return (char *) data + product * stride * size_of(type);
    }
};

static bool legal_types(int a, int b, int c, int compute) {
    if (a != b || a != c || (a != R_32F && a != R_16F && a != R_16BF)) {
        return false;
    }
    return compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC || (compute == COMPUTE_32F_FAST_TF32 && a == R_32F);
}

static int gemm(
        Handle *handle, int turn_a, int turn_b, int m, int n, int k, const float *alpha, Operand a, Operand b,
        const float *beta, Operand c, int count, int compute, int algorithm) {
    USABLE(handle);
    bool sizes = m >= 1 && n >= 1 && k >= 1 && count >= 1;
    bool leading = a.leading >= (turn_a ? k : m) && b.leading >= (turn_b ? n : k) && c.leading >= m;
    bool turns = (turn_a == OP_N || turn_a == OP_T) && (turn_b == OP_N || turn_b == OP_T);
    if (!sizes || !leading || !turns || alpha == nullptr || beta == nullptr) {
        return INVALID_VALUE;
    }
    if (!legal_types(a.type, b.type, c.type, compute) || algorithm != -1) {
        return NOT_SUPPORTED;
    }
    if (handle->stream == nullptr || handle->workspace == nullptr) {
        return INTERNAL_ERROR;
    }
    std::vector<Memory> memories = {
            turn_a ? a.memory(m, k, count) : a.memory(k, m, count),
            turn_b ? b.memory(k, n, count) : b.memory(n, k, count),
            c.memory(n, m, count),
            {handle->workspace, 1}};
    float scale = *alpha;
    float keep = *beta;
    return submit(handle->stream, memories, [=] {
        for (int i = 0; i < count; i++) {
            Matrix left = {a.of(i), a.type, (size_t) a.leading, turn_a == OP_T};
            Matrix right = {b.of(i), b.type, (size_t) b.leading, turn_b == OP_T};
            multiply(m, n, k, scale, left, right, keep, c.of(i), c.type, c.leading, compute == COMPUTE_32F_FAST_TF32);
        }
    });
}

EXPORT int cublasGemmEx(
        Handle *handle, int transa, int transb, int m, int n, int k, const void *alpha, void *a, int a_type, int lda, void *b,
        int b_type, int ldb, const void *beta, void *c, int c_type, int ldc, int compute, int algorithm) {
    INJECT("cublasGemmEx");
    return gemm(
            handle, transa, transb, m, n, k, (const float *) alpha, {a, a_type, lda, 0}, {b, b_type, ldb, 0},
            (const float *) beta, {c, c_type, ldc, 0}, 1, compute, algorithm);
}

EXPORT int cublasGemmStridedBatchedEx(
        Handle *handle, int transa, int transb, int m, int n, int k, const void *alpha, void *a, int a_type, int lda,
        long long a_stride, void *b, int b_type, int ldb, long long b_stride, const void *beta, void *c, int c_type, int ldc,
        long long c_stride, int count, int compute, int algorithm) {
    INJECT("cublasGemmStridedBatchedEx");
    return gemm(
            handle, transa, transb, m, n, k, (const float *) alpha, {a, a_type, lda, a_stride}, {b, b_type, ldb, b_stride},
            (const float *) beta, {c, c_type, ldc, c_stride}, count, compute, algorithm);
}
