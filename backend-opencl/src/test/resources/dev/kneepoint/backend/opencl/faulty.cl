// Kernels with faults, which show that the check finds such.

// Every work-item of the group reads what another one writes, with nothing between.
__kernel void race(__global int *x) {
    __local int shared[4];
    int i = get_local_id(0);
    shared[i] = i;
    x[i] = shared[(i + 1) % 4];
}

__kernel void outside(__global int *x) {
    x[get_global_id(0) + 1] = 1;
}

__kernel void uninitialised(__global int *x) {
    int values[2];
    values[0] = 1;
    if (values[get_global_id(0) % 2] > 0) {
        x[get_global_id(0)] = 1;
    }
}

__kernel void correct(__global int *x) {
    x[get_global_id(0)] = 1;
}
