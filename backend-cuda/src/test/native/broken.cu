// Kernels with the faults that the emulation is there to find.
#include "tiles.cuh"

KERNEL reads_beyond(const float *x, float *out, int n) {
    out[threadIdx.x % n] = x[n];
}

KERNEL leaves_a_barrier_out(float *out) {
    if (threadIdx.x < WARP) {
        __syncthreads();
    }
    out[0] = 1;
}

KERNEL waits_for_different_things(float *out) {
    if (threadIdx.x % 2 == 0) {
        out[0] = __shfl_xor_sync(EVERY_LANE, 1.0f, 1);
    } else {
        __syncthreads();
    }
}

// Every thread reads what its right neighbour wrote, without a barrier between.
KERNEL races(float *out) {
    SHARED(parts, float[THREADS]);
    parts[threadIdx.x] = threadIdx.x;
    out[threadIdx.x] = parts[(threadIdx.x + 1) % THREADS];
}

// A pack for every thread of some, that its neighbours read.
__device__ void bring(const float *x, float *parts) {
    if (threadIdx.x < THREADS / Pack<float>::WIDTH) {
        int at = threadIdx.x * Pack<float>::WIDTH;
        copy(parts + at, x + at, true);
    }
    end_group();
}

// Not broken: what the next two should do.
KERNEL waits_for_its_copies(const float *x, float *out) {
    SHARED(parts, float[THREADS]);
    bring(x, parts);
    wait_for_copies<0>();
    __syncthreads();
    out[threadIdx.x] = parts[threadIdx.x];
}

KERNEL leaves_a_wait_out(const float *x, float *out) {
    SHARED(parts, float[THREADS]);
    bring(x, parts);
    __syncthreads();
    out[threadIdx.x] = parts[threadIdx.x];
}

KERNEL waits_for_another_group(const float *x, float *out) {
    SHARED(parts, float[THREADS]);
    bring(x, parts);
    wait_for_copies<1>();
    __syncthreads();
    out[threadIdx.x] = parts[threadIdx.x];
}

// The copy may be there before the neighbours have read.
KERNEL copies_over_what_is_read(const float *x, float *out) {
    SHARED(parts, float[THREADS]);
    parts[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    bring(x, parts);
    out[threadIdx.x] = parts[THREADS - 1 - threadIdx.x];
    __syncthreads();
    wait_for_copies<0>();
}

KERNEL copies_to_an_odd_place(const float *x, float *out) {
    SHARED(parts, float[THREADS]);
    copy(parts + 1, x, threadIdx.x == 0);
    wait_for_copies<0>();
    out[threadIdx.x] = 0;
}

// Every warp reads what the next one wrote an exchange ago if it kept pace: there is no barrier between.
KERNEL relies_on_pace(float *out) {
    SHARED(parts, float[THREADS]);
    parts[threadIdx.x] = __shfl_xor_sync(EVERY_LANE, (float) threadIdx.x, 1);
    __shfl_xor_sync(EVERY_LANE, 0.0f, 1);
    out[threadIdx.x] = parts[(threadIdx.x + WARP) % THREADS];
}

// Rows of 128 bytes, all of which begin in the same bank.
KERNEL takes_rows_of_one_bank(float *out) {
    SHARED(tile, bf16[WARP * 64]);
    unsigned found[4];
    matrices(found, tile, (int) (threadIdx.x % WARP) * 64);
    out[threadIdx.x] = found[0];
}

KERNEL reads_what_the_block_before_left(float *out) {
    SHARED(parts, float[THREADS]);
    out[threadIdx.x] = parts[threadIdx.x];
    parts[threadIdx.x] = 1;
}
