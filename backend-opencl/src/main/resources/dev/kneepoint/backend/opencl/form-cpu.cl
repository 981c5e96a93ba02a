// CPUs: a work-group is one work-item, which keeps a run of elements or whole rows to itself, so that nothing ever waits.
#define LANES 1
#define LANE 0
#define GROUP __attribute__((reqd_work_group_size(1, 1, 1)))
#define SHARED
#define ROW_SUM(v) sum_of(v)
#define ROW_LARGEST(v) largest_of(v)

long share(long n) {
    long items = get_global_size(0);
    return ((n + items - 1) / items + VECTOR - 1) / VECTOR * VECTOR;
}

#define EACH(i, n) \
    for (long i = get_global_id(0) * share(n), i##_end = min((long) (n), i + share(n)); i < i##_end; i += VECTOR)
