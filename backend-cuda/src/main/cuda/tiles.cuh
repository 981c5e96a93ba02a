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
__device__ void matrices(unsigned (&out)[4], const T *row) {
#ifdef EMULATION
    emulated_matrices(out, row, false);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"((unsigned) __cvta_generic_to_shared(row))
                 : "memory");
#endif
}

template <typename T>
__device__ void turned_matrices(unsigned (&out)[4], const T *row) {
#ifdef EMULATION
    emulated_matrices(out, row, true);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"((unsigned) __cvta_generic_to_shared(row))
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
        static_assert(ROWS * PACKS % SIZE == 0, "every thread fills as many packs");
#pragma unroll
        for (int i = 0; i < ROWS * PACKS / SIZE; i++) {
            int row = (threadIdx.x + i * SIZE) / PACKS;
            int pack = (threadIdx.x + i * SIZE) % PACKS;
            T *to = at + place(row, pack);
            if (packed) {
                bool there = row < count && pack * PACK < columns;
                copy(to, there ? from + row * stride + pack * PACK : from, there);
            } else {
                *reinterpret_cast<Pack<T> *>(to) =
                        load(row < count ? from + row * stride : nullptr, pack * PACK, columns);
            }
        }
    }

    // Sixteen rows and columns as the left side of mma.
    __device__ void left(unsigned (&x)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        matrices(x, at + place(row + lane % 16, column / PACK + lane / 16));
    }

    // Twice the right side of mma, x[0] and x[1] before x[2] and x[3]: eight rows each of 16 columns along which is summed ...
    __device__ void across(unsigned (&y)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        matrices(y, at + place(row + lane % 8 + lane / 16 * 8, column / PACK + lane / 8 % 2));
    }

    // ... or eight columns each of 16 rows along which is summed.
    __device__ void down(unsigned (&y)[4], int row, int column) const {
        int lane = threadIdx.x % WARP;
        turned_matrices(y, at + place(row + lane % 16, column / PACK + lane / 16));
    }
};
