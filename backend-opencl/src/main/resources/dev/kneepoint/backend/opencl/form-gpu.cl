// GPUs: the work-items of a group read neighbouring vectors, and share a row through local memory.
#define LANES 64
#define LANE ((int) get_local_id(0))
#define GROUP __attribute__((reqd_work_group_size(LANES, 1, 1)))
#define SHARED __local float shared[LANES]
#define ROW_SUM(v) row_sum(sum_of(v), shared)
#define ROW_LARGEST(v) row_largest(largest_of(v), shared)

#define EACH(i, n) for (long i = get_global_id(0) * VECTOR; i < (n); i += get_global_size(0) * VECTOR)

// The last barrier keeps the next value out of the array until all have read this one.
#define REDUCTION(name, combine)                                  \
    float name(float mine, __local float *shared) {               \
        int lane = get_local_id(0);                               \
        shared[lane] = mine;                                      \
        barrier(CLK_LOCAL_MEM_FENCE);                             \
        for (int half_ = LANES / 2; half_ > 0; half_ /= 2) {      \
            if (lane < half_) {                                   \
                shared[lane] = combine(shared[lane], shared[lane + half_]); \
            }                                                     \
            barrier(CLK_LOCAL_MEM_FENCE);                         \
        }                                                         \
        float all = shared[0];                                    \
        barrier(CLK_LOCAL_MEM_FENCE);                             \
        return all;                                               \
    }
#define PLUS(a, b) ((a) + (b))
REDUCTION(row_sum, PLUS)
REDUCTION(row_largest, fmax)
