// Products of matrices on tensor cores: for compute_80. A block makes a tile of the result from tiles of both sides, of which
// two are on their way while one is computed with. Each of its four warps makes a quarter: what it takes from shared memory
// serves 64 rows or columns.
#include "tiles.cuh"

constexpr int TILE = 128;
constexpr int DEPTH = 32;
constexpr int STAGES = 3;
constexpr int WARP_TILE = 64;
constexpr int SIZE = TILE / WARP_TILE * (TILE / WARP_TILE) * WARP;
constexpr int DOWN = WARP_TILE / MMA_ROWS;
constexpr int ACROSS = WARP_TILE / MMA_COLUMNS;
// Rows of tiles whose blocks follow each other, so that what they read of both sides is in the cache together.
constexpr int GROUP = 8;

template <typename T>
struct Stage {
    Tile<T, TILE, DEPTH> left;
    Tile<T, DEPTH, TILE> right;
};

template <typename T>
union Memory {
    Stage<T> stages[STAGES];
    Tile<T, TILE, TILE> result;
};

struct Place {
    int row;
    int column;

    __device__ Place() {
        int group = GROUP * gridDim.x;
        int index = blockIdx.y * gridDim.x + blockIdx.x;
        int first = index / group * GROUP;
        int height = (int) gridDim.y - first < GROUP ? (int) gridDim.y - first : GROUP;
        row = (first + index % group % height) * TILE;
        column = index % group / height * TILE;
    }
};

__device__ inline int warp_row() {
    return threadIdx.x / WARP / 2 * WARP_TILE;
}

__device__ inline int warp_column() {
    return threadIdx.x / WARP % 2 * WARP_TILE;
}

template <typename T>
__device__ void add_products(float (&sum)[DOWN][ACROSS][4], const Stage<T> &stage) {
#pragma unroll
    for (int k = 0; k < DEPTH; k += MMA_DEPTH) {
        unsigned x[DOWN][4];
#pragma unroll
        for (int i = 0; i < DOWN; i++) {
            stage.left.left(x[i], warp_row() + i * MMA_ROWS, k);
        }
#pragma unroll
        for (int j = 0; j < ACROSS; j += 2) {
            unsigned y[4];
            stage.right.down(y, k, warp_column() + j * MMA_COLUMNS);
#pragma unroll
            for (int i = 0; i < DOWN; i++) {
                mma<T>(sum[i][j], x[i], y[0], y[1]);
                mma<T>(sum[i][j + 1], x[i], y[2], y[3]);
            }
        }
    }
}

// By way of shared memory, so that rows leave in packs.
template <typename T>
__device__ void store(
        Tile<T, TILE, TILE> &tile, const float (&sum)[DOWN][ACROSS][4], float scale, T *c, int rows, int columns, int stride) {
    int line = threadIdx.x % WARP / 4;
    int twos = threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < DOWN; i++) {
#pragma unroll
        for (int j = 0; j < ACROSS; j++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                tile.put(
                        warp_row() + i * MMA_ROWS + line + h * 8, warp_column() + j * MMA_COLUMNS + twos,
                        join<T>(scale * sum[i][j][2 * h], scale * sum[i][j][2 * h + 1]));
            }
        }
    }
    __syncthreads();
    tile.template drain<SIZE>(c, rows, columns, stride);
}

// c = scale * a * b for every product of the grid's third dimension, summed in single precision.
template <typename T>
__device__ void multiply(const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) {
    SHARED(memory, Memory<T>);
    Place place;
    a += ((long long) blockIdx.z * rows + place.row) * inner;
    b += (long long) blockIdx.z * inner * columns + place.column;
    c += ((long long) blockIdx.z * rows + place.row) * columns + place.column;
    bool left_packed = aligned(a) && inner % PACK == 0;
    bool right_packed = aligned(b) && columns % PACK == 0;
    int steps = (inner + DEPTH - 1) / DEPTH;
    auto bring = [&](int step) {
        int from = step * DEPTH;
        if (step < steps) {
            Stage<T> &stage = memory.stages[step % STAGES];
            stage.left.template fill<SIZE>(a + from, rows - place.row, inner - from, inner, left_packed);
            stage.right.template fill<SIZE>(
                    b + (long long) from * columns, inner - from, columns - place.column, columns, right_packed);
        }
        // Groups are counted, so there is one of nothing for what is not there.
        end_group();
    };
#pragma unroll
    for (int step = 0; step < STAGES - 1; step++) {
        bring(step);
    }
    float sum[DOWN][ACROSS][4] = {};
    for (int step = 0; step < steps; step++) {
        wait_for_copies<STAGES - 2>();
        // All of this stage is there, and nobody computes any more with the one that is filled next.
        __syncthreads();
        bring(step + STAGES - 1);
        add_products(sum, memory.stages[step % STAGES]);
    }
    __syncthreads();
    store(memory.result, sum, scale, c, rows - place.row, columns - place.column, columns);
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL_FOR(SIZE, 2) tensor_matmul_##t(                                                          \
            const T *a, const T *b, T *c, int rows, int columns, int inner, float scale) {          \
        multiply(a, b, c, rows, columns, inner, scale);                                             \
    }

OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
