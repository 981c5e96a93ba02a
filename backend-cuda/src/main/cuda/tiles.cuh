// Tiles in shared memory that copies fill while the block computes and tensor cores are fed from: for compute_80.
#pragma once

#include "tensor.cuh"

// Sixteen bytes from global to shared memory, zeros if they are not there: not to be read before wait_for_copies.
template <typename T>
__device__ void copy(T *to, const T *from, bool there) {
#ifdef EMULATION
    emulated_copy(to, from, sizeof(Pack<T>), there);
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"((unsigned) __cvta_generic_to_shared(to)),
                 "l"(from), "r"(there ? 16 : 0)
                 : "memory");
#endif
}

// Likewise eight bytes.
__device__ inline void copy(float2 *to, const float2 *from, bool there) {
#ifdef EMULATION
    emulated_copy(to, from, sizeof(float2), there);
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"((unsigned) __cvta_generic_to_shared(to)),
                 "l"(from), "r"(there ? 8 : 0)
                 : "memory");
#endif
}

// What was copied since the last call is a group.
__device__ inline void end_group() {
#ifdef EMULATION
    emulated_commit();
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Until all groups of this thread have arrived but the last `PENDING`.
template <int PENDING>
__device__ void wait_for_copies() {
#ifdef EMULATION
    emulated_wait(PENDING);
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#endif
}

// Four matrices of 8 by 8 as PTX's ldmatrix spreads them over a warp: lanes 8m to 8m + 7 say where the rows of matrix m are.
template <typename T>
__device__ void matrices(unsigned (&out)[4], const T *tile, int at) {
#ifdef EMULATION
    emulated_matrices(out, tile + at, false);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"((unsigned) __cvta_generic_to_shared(tile) + at * (unsigned) sizeof(T))
                 : "memory");
#endif
}

template <typename T>
__device__ void turned_matrices(unsigned (&out)[4], const T *tile, int at) {
#ifdef EMULATION
    emulated_matrices(out, tile + at, true);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"((unsigned) __cvta_generic_to_shared(tile) + at * (unsigned) sizeof(T))
                 : "memory");
#endif
}

// Packs of a row change places with the row, so that neither the eight rows of a matrix nor neighbours along a row share a
// bank: eight packs, of one row or of two short ones, are all banks.
template <typename T, int ROWS, int WIDTH>
struct Tile {
    static constexpr int PACKS = WIDTH / PACK;
    static constexpr int PLACES = PACKS < 8 ? PACKS : 8;
    T at[ROWS * WIDTH];

    __device__ static int place(int row, int pack) {
        return (row * PACKS + (pack ^ row / (8 / PLACES) % PLACES)) * PACK;
    }

    // Rows that the matrix `from` has `count` of and columns that it has `columns` of from there on, zeros beyond. Copies
    // need packs that are aligned; without them the elements are there when the function returns.
    template <int SIZE>
    __device__ void fill(const T *from, int count, int columns, long long stride, bool packed) {
        constexpr int EVERY = SIZE / PACKS;
        static_assert(ROWS % EVERY == 0 && EVERY % 8 == 0, "packs of a thread change places alike");
        int row = threadIdx.x / PACKS;
        int column = threadIdx.x % PACKS * PACK;
        T *to = at + place(row, threadIdx.x % PACKS);
        if (packed) {
#pragma unroll
            for (int r = 0; r < ROWS; r += EVERY) {
                bool there = row + r < count && column < columns;
                copy(to + r * WIDTH, there ? from + (row + r) * stride + column : from, there);
            }
            return;
        }
#pragma unroll 1
        for (int r = 0; r < ROWS; r += EVERY) {
            const T *line = row + r < count ? from + (row + r) * stride : nullptr;
            *reinterpret_cast<Pack<T> *>(to + r * WIDTH) = load(line, column, columns);
        }
    }

    // Where sixteen rows and columns begin, both multiples of 16, for a lane that begins at `here` in the first: packs change
    // places by exclusive or, so that one operation finds all columns.
    __device__ static int from(int here, int row, int column) {
        return (here ^ column) + row * WIDTH;
    }

    // Sixteen rows and columns as the left side of mma.
    __device__ void left(unsigned (&x)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        matrices(x, at, from(place(lane % 16, lane / 16), row, column));
    }

    // Twice the right side of mma, y[0] and y[1] before y[2] and y[3]: eight rows each of 16 columns along which is summed ...
    __device__ void across(unsigned (&y)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        matrices(y, at, from(place(lane % 8 + lane / 16 * 8, lane / 8 % 2), row, column));
    }

    // ... or eight columns each of 16 rows along which is summed.
    __device__ void down(unsigned (&y)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        turned_matrices(y, at, from(place(lane % 16, lane / 16), row, column));
    }

    // Two neighbours of a row, at an even column.
    __device__ void put(int row, int column, unsigned two) {
        *reinterpret_cast<unsigned *>(at + place(row, column / PACK) + column % PACK) = two;
    }

    // The rows and columns that `to` has, in packs where it takes them.
    template <int SIZE>
    __device__ void drain(T *to, int count, int columns, int stride) const {
        bool packed = aligned(to) && stride % PACK == 0;
        for (int i = threadIdx.x; i < ROWS * PACKS; i += SIZE) {
            int row = i / PACKS;
            int column = i % PACKS * PACK;
            Pack<T> pack = *reinterpret_cast<const Pack<T> *>(at + place(row, i % PACKS));
            T *there = to + (long long) row * stride + column;
            if (row < count && packed && column < columns) {
                *reinterpret_cast<Pack<T> *>(there) = pack;
            } else if (row < count) {
                for (int j = 0; j < PACK && column + j < columns; j++) {
                    there[j] = pack.at[j];
                }
            }
        }
    }
};
