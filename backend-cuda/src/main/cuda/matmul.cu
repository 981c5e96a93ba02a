// Products of matrices without tensor cores: a block makes a tile of the result, each of its threads a block of 4 by 4.
#include "common.cuh"

constexpr int TILE = 64;
constexpr int DEPTH = 16;
constexpr int BLOCK = 4;
constexpr int ACROSS = TILE / BLOCK;
// One column more than needed keeps the columns of a turned tile in different banks.
constexpr int STRIDE = TILE + 1;

// c = scale * a * b for every product of the grid's third dimension, summed in single precision.
template <typename T>
__device__ void multiply(const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) {
    SHARED(left, float[DEPTH * STRIDE]);
    SHARED(right, float[DEPTH * STRIDE]);
    a += (long long) blockIdx.z * rows * inner;
    b += (long long) blockIdx.z * inner * columns;
    c += (long long) blockIdx.z * rows * columns;
    int first_row = blockIdx.y * TILE;
    int first_column = blockIdx.x * TILE;
    int row = threadIdx.x / ACROSS;
    int column = threadIdx.x % ACROSS;
    float sum[BLOCK][BLOCK] = {};
    for (int from = 0; from < inner; from += DEPTH) {
        for (int i = threadIdx.x; i < TILE * DEPTH; i += THREADS) {
            int r = i / DEPTH;
            int k = i % DEPTH;
            bool inside = first_row + r < rows && from + k < inner;
            left[k * STRIDE + r] = inside ? value(a[(long long) (first_row + r) * inner + from + k]) : 0;
        }
        for (int i = threadIdx.x; i < TILE * DEPTH; i += THREADS) {
            int k = i / TILE;
            int s = i % TILE;
            bool inside = first_column + s < columns && from + k < inner;
            right[k * STRIDE + s] = inside ? value(b[(long long) (from + k) * columns + first_column + s]) : 0;
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; k++) {
            float x[BLOCK];
            float y[BLOCK];
#pragma unroll
            for (int i = 0; i < BLOCK; i++) {
                x[i] = left[k * STRIDE + row + i * ACROSS];
                y[i] = right[k * STRIDE + column + i * ACROSS];
            }
#pragma unroll
            for (int i = 0; i < BLOCK; i++) {
#pragma unroll
                for (int j = 0; j < BLOCK; j++) {
                    sum[i][j] = fmaf(x[i], y[j], sum[i][j]);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < BLOCK; i++) {
#pragma unroll
        for (int j = 0; j < BLOCK; j++) {
            int r = first_row + row + i * ACROSS;
            int s = first_column + column + j * ACROSS;
            if (r < rows && s < columns) {
                c[(long long) r * columns + s] = rounded<T>(scale * sum[i][j]);
            }
        }
    }
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL matmul_##t(const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) { \
        multiply(a, b, c, rows, columns, inner, scale);                                             \
    }

OF_TYPE(f32, float)
OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
