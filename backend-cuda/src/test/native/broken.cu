// Kernels with the faults that the emulation is there to find.
#include "common.cuh"

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
    __shared__ float parts[THREADS];
    parts[threadIdx.x] = threadIdx.x;
    out[threadIdx.x] = parts[(threadIdx.x + 1) % THREADS];
}
