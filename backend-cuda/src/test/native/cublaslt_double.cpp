// A double of cuBLASLt: products of FP8 with scales, on a stream of the driver's double.
#include "cublas_double.h"
#include "numbers.h"

enum Attribute { TRANSA = 3, TRANSB = 4, A_SCALE_POINTER = 17, B_SCALE_POINTER = 18, FAST_ACCUM = 25 };
enum Preference { MAX_WORKSPACE_BYTES = 1, MIN_ALIGNMENT_A_BYTES = 5, MIN_ALIGNMENT_D_BYTES = 8 };

// What cuBLASLt asks of algorithms: the first of a result's 64 bytes.
static const uint64_t MAGIC = 0x6b6e6565706f696e;
// What every algorithm of the double takes, if it may.
static const uint64_t WANTED_WORKSPACE = 1024;

struct Handle {
    void *context;
};

struct Layout {
    int type;
    uint64_t rows;
    uint64_t columns;
    int64_t leading;

    Memory memory(const void *data) const {
        return {data, ((columns - 1) * leading + rows) * size_of(type)};
    }

    bool operator==(const Layout &other) const {
        return type == other.type && rows == other.rows && columns == other.columns && leading == other.leading;
    }
};

struct Description {
    int compute;
    int scale;
    int turn_a = OP_N;
    int turn_b = OP_N;
    const float *a_scale = nullptr;
    const float *b_scale = nullptr;
    char fast = 0;
};

struct Wishes {
    uint64_t workspace = 0;
    uint32_t alignment[4] = {256, 256, 256, 256};
};

struct Algorithm {
    uint64_t magic;
    uint64_t m;
    uint64_t n;
    uint64_t k;
    uint64_t workspace;
    uint64_t alignment;
    uint64_t unused[2];
};

struct Result {
    Algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

static_assert(sizeof(Algorithm) == 64 && sizeof(Result) == 96, "as cublasLt.h has them");

static int fast_products = 0;

// How many products were asked for with fast accumulation.
EXPORT int cublas_double_fast() {
    std::lock_guard<std::mutex> lock(guard);
    return fast_products;
}

// Shapes without an algorithm, as the caller of a row-major product sees them; 0 stands for any.
struct Refusal {
    uint64_t rows;
    uint64_t columns;
    uint64_t inner;
};

static std::vector<Refusal> refusals;
static int searches = 0;

// Products of a shape have no algorithm from now on; 0 stands for any length.
EXPORT void cublas_double_refuse(int rows, int columns, int inner) {
    std::lock_guard<std::mutex> lock(guard);
    refusals.push_back({(uint64_t) rows, (uint64_t) columns, (uint64_t) inner});
}

// All that the double supports has an algorithm again.
EXPORT void cublas_double_accept() {
    std::lock_guard<std::mutex> lock(guard);
    refusals.clear();
}

// How often an algorithm was looked for.
EXPORT int cublas_double_searches() {
    std::lock_guard<std::mutex> lock(guard);
    return searches;
}

static bool refused(uint64_t rows, uint64_t columns, uint64_t inner) {
    std::lock_guard<std::mutex> lock(guard);
    for (const Refusal &r : refusals) {
        if ((r.rows == 0 || r.rows == rows) && (r.columns == 0 || r.columns == columns)
            && (r.inner == 0 || r.inner == inner)) {
            return true;
        }
    }
    return false;
}

static bool set(void *to, size_t size, const void *from, size_t bytes) {
    if (from == nullptr || bytes != size) {
        return false;
    }
    memcpy(to, from, bytes);
    return true;
}

EXPORT const char *cublasLtGetStatusString(int status) {
    return status == NOT_SUPPORTED ? "the double does not support this" : "the double says no";
}

EXPORT int cublasLtCreate(Handle **handle) {
    INJECT("cublasLtCreate");
    find_driver();
    if (current_context() == nullptr) {
        return NOT_INITIALIZED;
    }
    *handle = born(new Handle{current_context()});
    return SUCCESS;
}

EXPORT int cublasLtDestroy(Handle *handle) {
    INJECT("cublasLtDestroy");
    return bury(handle) ? SUCCESS : NOT_INITIALIZED;
}

EXPORT int cublasLtMatmulDescCreate(Description **description, int compute, int scale) {
    INJECT("cublasLtMatmulDescCreate");
    *description = born(new Description{compute, scale});
    return SUCCESS;
}

EXPORT int cublasLtMatmulDescDestroy(Description *description) {
    INJECT("cublasLtMatmulDescDestroy");
    return bury(description) ? SUCCESS : INVALID_VALUE;
}

EXPORT int cublasLtMatmulDescSetAttribute(Description *description, int attribute, const void *value, size_t bytes) {
    INJECT("cublasLtMatmulDescSetAttribute");
    if (!lives(description)) {
        return INVALID_VALUE;
    }
    bool legal = false;
    switch (attribute) {
        case TRANSA:
            legal = set(&description->turn_a, sizeof(int), value, bytes);
            break;
        case TRANSB:
            legal = set(&description->turn_b, sizeof(int), value, bytes);
            break;
        case A_SCALE_POINTER:
            legal = set(&description->a_scale, sizeof(void *), value, bytes);
            break;
        case B_SCALE_POINTER:
            legal = set(&description->b_scale, sizeof(void *), value, bytes);
            break;
        case FAST_ACCUM:
            legal = set(&description->fast, 1, value, bytes);
            break;
    }
    return legal ? SUCCESS : INVALID_VALUE;
}

EXPORT int cublasLtMatrixLayoutCreate(Layout **layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
    INJECT("cublasLtMatrixLayoutCreate");
    if (rows < 1 || columns < 1 || leading < (int64_t) rows) {
        return INVALID_VALUE;
    }
    *layout = born(new Layout{type, rows, columns, leading});
    return SUCCESS;
}

EXPORT int cublasLtMatrixLayoutDestroy(Layout *layout) {
    INJECT("cublasLtMatrixLayoutDestroy");
    return bury(layout) ? SUCCESS : INVALID_VALUE;
}

EXPORT int cublasLtMatmulPreferenceCreate(Wishes **preference) {
    INJECT("cublasLtMatmulPreferenceCreate");
    *preference = born(new Wishes());
    return SUCCESS;
}

EXPORT int cublasLtMatmulPreferenceDestroy(Wishes *preference) {
    INJECT("cublasLtMatmulPreferenceDestroy");
    return bury(preference) ? SUCCESS : INVALID_VALUE;
}

EXPORT int cublasLtMatmulPreferenceSetAttribute(Wishes *preference, int attribute, const void *value, size_t bytes) {
    INJECT("cublasLtMatmulPreferenceSetAttribute");
    if (!lives(preference)) {
        return INVALID_VALUE;
    }
    bool legal = false;
    if (attribute == MAX_WORKSPACE_BYTES) {
        legal = set(&preference->workspace, sizeof(uint64_t), value, bytes);
    } else if (attribute >= MIN_ALIGNMENT_A_BYTES && attribute <= MIN_ALIGNMENT_D_BYTES) {
        legal = set(&preference->alignment[attribute - MIN_ALIGNMENT_A_BYTES], sizeof(uint32_t), value, bytes);
    }
    return legal ? SUCCESS : INVALID_VALUE;
}

// What FP8 kernels ask: A turned and B not, rows of both and of D in pieces of 16 bytes, the sums in single precision.
static int supported(const Description *d, const Layout *a, const Layout *b, const Layout *c, const Layout *r) {
    if (!lives(d) || !lives(a) || !lives(b) || !lives(c) || !lives(r)) {
        return INVALID_VALUE;
    }
    if (a->rows != b->rows || a->columns != r->rows || b->columns != r->columns || !(*c == *r)) {
        return INVALID_VALUE;
    }
    bool fp8 = size_of(a->type) == 1 && size_of(b->type) == 1 && (a->type == R_8F_E4M3 || b->type == R_8F_E4M3);
    bool types = fp8 && (r->type == R_16BF || r->type == R_32F);
    bool sums = d->compute == COMPUTE_32F && d->scale == R_32F;
    bool form = d->turn_a == OP_T && d->turn_b == OP_N;
    bool pieces = a->rows % 16 == 0 && a->columns % 16 == 0 && a->leading % 16 == 0 && b->leading % 16 == 0;
    bool refusal = refused(r->columns, r->rows, a->rows);
    return types && sums && form && pieces && !refusal ? SUCCESS : NOT_SUPPORTED;
}

EXPORT int cublasLtMatmulAlgoGetHeuristic(
        Handle *handle, Description *description, Layout *a, Layout *b, Layout *c, Layout *d, Wishes *preference,
        int requested, Result *results, int *returned) {
    *returned = 0;
    {
        std::lock_guard<std::mutex> lock(guard);
        searches++;
    }
    // A failure with the status of success stands for a search that finds nothing.
    INJECT("cublasLtMatmulAlgoGetHeuristic");
    if (!lives(handle) || !lives(preference) || requested < 1 || results == nullptr) {
        return lives(handle) ? INVALID_VALUE : NOT_INITIALIZED;
    }
    int status = supported(description, a, b, c, d);
    if (status != SUCCESS) {
        return status;
    }
    uint32_t alignment = 0;
    for (uint32_t wish : preference->alignment) {
        alignment = std::max(alignment, wish);
    }
    uint64_t workspace = std::min(preference->workspace, WANTED_WORKSPACE);
    int state = SUCCESS;
    injected("cublasLtMatmulHeuristicResult_t.state", &state);
    results[0] = {{MAGIC, d->rows, d->columns, a->rows, workspace, alignment, {}}, workspace, state, 1, {}};
    *returned = 1;
    return SUCCESS;
}

static float scale(const float *pointer) {
    return pointer == nullptr ? 1 : *pointer;
}

EXPORT int cublasLtMatmul(
        Handle *handle, Description *description, const float *alpha, void *a, Layout *a_layout, void *b, Layout *b_layout,
        const float *beta, void *c, Layout *c_layout, void *d, Layout *d_layout, const Algorithm *algorithm, void *workspace,
        size_t workspace_bytes, void *stream) {
    INJECT("cublasLtMatmul");
    if (!lives(handle)) {
        return NOT_INITIALIZED;
    }
    if (current_context() != handle->context) {
        return EXECUTION_FAILED;
    }
    int status = supported(description, a_layout, b_layout, c_layout, d_layout);
    if (status != SUCCESS) {
        return status;
    }
    const Algorithm &chosen = *algorithm;
    bool fits = chosen.magic == MAGIC && chosen.m == d_layout->rows && chosen.n == d_layout->columns
            && chosen.k == a_layout->rows && chosen.workspace <= workspace_bytes;
    uintptr_t addresses = (uintptr_t) a | (uintptr_t) b | (uintptr_t) c | (uintptr_t) d;
    if (!fits || addresses % chosen.alignment != 0 || alpha == nullptr || beta == nullptr) {
        return INVALID_VALUE;
    }
    if (*beta != 0 || c != d) {
        return NOT_SUPPORTED;
    }
    // The double's own rule: a stream must be set.
    if (stream == nullptr) {
        return INTERNAL_ERROR;
    }
    std::vector<Memory> memories = {a_layout->memory(a), b_layout->memory(b), d_layout->memory(d)};
    for (const float *one : {description->a_scale, description->b_scale}) {
        if (one != nullptr) {
            memories.push_back({one, sizeof(float)});
        }
    }
    if (chosen.workspace > 0) {
        memories.push_back({workspace, workspace_bytes});
    }
    {
        std::lock_guard<std::mutex> lock(guard);
        fast_products += description->fast;
    }
    Layout left = *a_layout;
    Layout right = *b_layout;
    Layout result = *d_layout;
    Description how = *description;
    float factor = *alpha;
    return submit(stream, memories, [=] {
        double all = (double) factor * scale(how.a_scale) * scale(how.b_scale);
        Matrix x = {a, left.type, (size_t) left.leading, true};
        Matrix y = {b, right.type, (size_t) right.leading, false};
        multiply(result.rows, result.columns, left.rows, all, x, y, 0, d, result.type, result.leading, false);
    });
}
