// Ops on rows: a block takes whole rows.
#include "common.cuh"

// What rows are normalised by is never zero.
constexpr float EPSILON = 1e-5f;

template <typename C, typename F, typename T>
__device__ float over_row(const T *row, int width, float start, C combine, F f) {
    return across_block(fold(threadIdx.x, THREADS, width, start, combine, f, row), combine);
}

template <typename T>
__device__ void normalise(const T *x, const T *weight, T *out, int rows, int width) {
    for (int r = blockIdx.x; r < rows; r += gridDim.x) {
        const T *row = x + (long long) r * width;
        float squares = over_row(row, width, 0, Plus(), [](float v) { return v * v; });
        float inverse = 1 / sqrtf(squares / width + EPSILON);
        map(threadIdx.x, THREADS, width, [=](float v, float w) { return w * (v * inverse); },
            out + (long long) r * width, row, weight);
    }
}

// Peak of a row and the sum of exp(x - peak).
template <typename T>
__device__ float2 exponentials(const T *row, int width) {
    float peak = over_row(row, width, -INFINITY, Larger(), Same());
    float sum = across_block(
            fold(threadIdx.x, THREADS, width, 0.0f, Plus(), [=](float v) { return expf(v - peak); }, row), Plus());
    return make_float2(peak, sum);
}

template <typename T>
__device__ void soften(const T *x, T *out, int rows, int width) {
    for (int r = blockIdx.x; r < rows; r += gridDim.x) {
        const T *row = x + (long long) r * width;
        float2 e = exponentials(row, width);
        map(threadIdx.x, THREADS, width, [=](float v) { return expf(v - e.x) / e.y; }, out + (long long) r * width, row);
    }
}

// Gradient of the mean cross-entropy of softmax.
template <typename T>
__device__ void lose(const T *logits, const int *targets, T *out, int rows, int width) {
    for (int r = blockIdx.x; r < rows; r += gridDim.x) {
        const T *row = logits + (long long) r * width;
        T *result = out + (long long) r * width;
        float2 e = exponentials(row, width);
        map(threadIdx.x, THREADS, width, [=](float v) { return expf(v - e.x) / e.y / rows; }, result, row);
        // The target's column is written twice, in this order.
        __syncthreads();
        if (threadIdx.x == 0) {
            int target = targets[r];
            result[target] = rounded<T>((expf(value(row[target]) - e.x) / e.y - 1) / rows);
        }
    }
}

template <typename T>
__device__ void gather(const T *table, const int *indices, T *out, int rows, int width) {
    for (int r = blockIdx.x; r < rows; r += gridDim.x) {
        map(threadIdx.x, THREADS, width, Same(), out + (long long) r * width, table + (long long) indices[r] * width);
    }
}

// Neighbours are a pair, turned by position times the pair's frequency. Sines and cosines are what takes time, and single
// precision is too coarse for large angles, so the host has made tables: of NEAR positions, and of every NEARth.
constexpr int NEAR = 256;

template <typename T>
__device__ void turn(
        const T *x, const float2 *near_turns, const float2 *far_turns, T *out, int rows, int length, int head) {
    int pairs = head / 2;
    long long all = (long long) rows * pairs;
    long long stride = gridDim.x * (long long) THREADS;
    for (long long i = blockIdx.x * (long long) THREADS + threadIdx.x; i < all; i += stride) {
        int pair = (int) (i % pairs);
        int position = (int) (i / pairs % length);
        float2 near = near_turns[(position & (NEAR - 1)) * (long long) pairs + pair];
        float2 far = far_turns[position / NEAR * (long long) pairs + pair];
        float cosine = near.x * far.x - near.y * far.y;
        float sine = near.y * far.x + near.x * far.y;
        float even = value(x[2 * i]);
        float odd = value(x[2 * i + 1]);
        out[2 * i] = rounded<T>(even * cosine - odd * sine);
        out[2 * i + 1] = rounded<T>(even * sine + odd * cosine);
    }
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL norm_##t(const T *x, const T *weight, T *out, int rows, int width) {                     \
        normalise(x, weight, out, rows, width);                                                     \
    }                                                                                               \
    KERNEL softmax_##t(const T *x, T *out, int rows, int width) {                                   \
        soften(x, out, rows, width);                                                                \
    }                                                                                               \
    KERNEL loss_gradient_##t(const T *logits, const int *targets, T *out, int rows, int width) {    \
        lose(logits, targets, out, rows, width);                                                    \
    }                                                                                               \
    KERNEL gather_rows_##t(const T *table, const int *indices, T *out, int rows, int width) {       \
        gather(table, indices, out, rows, width);                                                   \
    }                                                                                               \
    KERNEL rotary_##t(                                                                              \
            const T *x, const float2 *near_turns, const float2 *far_turns, T *out, int rows,        \
            int length, int head) {                                                                 \
        turn(x, near_turns, far_turns, out, rows, length, head);                                    \
    }

OF_TYPE(f32, float)
OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
