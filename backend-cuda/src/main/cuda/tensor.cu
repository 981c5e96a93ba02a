// Products of matrices on tensor cores: for compute_80. A block makes a tile of the result, each of its warps a part that
// 16 by 8 results of mma.sync fill.
#include "tensor.cuh"

constexpr int TILE = 128;
constexpr int DEPTH = 32;
// Rows of a tile that are this long lie in different banks for every lane that reads them at once.
constexpr int STRIDE = DEPTH + 8;
constexpr int WARPS_ACROSS = 4;
constexpr int WARP_ROWS = 64;
constexpr int WARP_COLUMNS = 32;
constexpr int DOWN = WARP_ROWS / MMA_ROWS;
constexpr int ACROSS = WARP_COLUMNS / MMA_COLUMNS;

// c = scale * a * b for every product of the grid's third dimension, summed in single precision.
template <typename T>
__device__ void multiply(const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) {
    // Right is turned, so that neighbours along the inner dimension lie side by side in both.
    SHARED(left, T[TILE * STRIDE]);
    SHARED(right, T[TILE * STRIDE]);
    a += (long long) blockIdx.z * rows * inner;
    b += (long long) blockIdx.z * inner * columns;
    c += (long long) blockIdx.z * rows * columns;
    int first_row = blockIdx.y * TILE;
    int first_column = blockIdx.x * TILE;
    int lane = threadIdx.x % WARP;
    int warp = threadIdx.x / WARP;
    int warp_row = warp / WARPS_ACROSS * WARP_ROWS;
    int warp_column = warp % WARPS_ACROSS * WARP_COLUMNS;
    int group = lane / 4;
    int twos = lane % 4 * 2;
    float sum[DOWN][ACROSS][4] = {};
    for (int from = 0; from < inner; from += DEPTH) {
        for (int i = threadIdx.x; i < TILE * DEPTH / PACK; i += THREADS) {
            int r = i / (DEPTH / PACK);
            int k = i % (DEPTH / PACK) * PACK;
            const T *row = first_row + r < rows ? a + (long long) (first_row + r) * inner : nullptr;
            *reinterpret_cast<Pack<T> *>(left + r * STRIDE + k) = load(row, from + k, inner);
        }
        for (int i = threadIdx.x; i < TILE * DEPTH / PACK; i += THREADS) {
            int k = i / (TILE / PACK);
            int s = i % (TILE / PACK) * PACK;
            const T *row = from + k < inner ? b + (long long) (from + k) * columns : nullptr;
            Pack<T> eight = load(row, first_column + s, columns);
#pragma unroll
            for (int j = 0; j < PACK; j++) {
                right[(s + j) * STRIDE + k] = eight.at[j];
            }
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; k += MMA_DEPTH) {
            unsigned y[ACROSS][2];
#pragma unroll
            for (int j = 0; j < ACROSS; j++) {
                const T *at = right + (warp_column + j * MMA_COLUMNS + group) * STRIDE + k + twos;
                y[j][0] = pair(at);
                y[j][1] = pair(at + 8);
            }
#pragma unroll
            for (int i = 0; i < DOWN; i++) {
                const T *at = left + (warp_row + i * MMA_ROWS + group) * STRIDE + k + twos;
                unsigned x[4] = {pair(at), pair(at + 8 * STRIDE), pair(at + 8), pair(at + 8 * STRIDE + 8)};
#pragma unroll
                for (int j = 0; j < ACROSS; j++) {
                    mma<T>(sum[i][j], x, y[j][0], y[j][1]);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < DOWN; i++) {
#pragma unroll
        for (int j = 0; j < ACROSS; j++) {
#pragma unroll
            for (int e = 0; e < 4; e++) {
                int r = first_row + warp_row + i * MMA_ROWS + group + e / 2 * 8;
                int s = first_column + warp_column + j * MMA_COLUMNS + twos + e % 2;
                if (r < rows && s < columns) {
                    c[(long long) r * columns + s] = rounded<T>(scale * sum[i][j][e]);
                }
            }
        }
    }
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL_OF(2) tensor_matmul_##t(                                                                 \
            const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) {          \
        multiply(a, b, c, rows, columns, inner, scale);                                             \
    }

OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
