// What a C program gets out of the same device by the same calls, to be compared with the figures of backend cuda: a BF16
// product by cuBLAS, the driver's copy, and launches of a kernel that does nothing. Prints one JSON.
//
//   rivals [--device N] [--cublas FILE] [--seconds S] [--shrink N]
//     --device   number among the devices that the driver shows; default 0
//     --cublas   the library; by default cuBLAS 13 or 12 where the loader or the usual folders have it
//     --seconds  how long the samples of each figure may take; default 1
//     --shrink   what lengths are divided by; 1 but in tests
//
// Needs no headers of CUDA and no library but libc: the driver and cuBLAS are loaded when it runs.
#define _GNU_SOURCE
#include <time.h>

#include "rivals.h"

enum {
    NON_BLOCKING = 1,
    CAPABILITY_MAJOR = 75,
    HOPPER_MAJOR = 9,
    R_16BF = 14,
    COMPUTE_32F = 68,
    // Default math, no sums of parts in 16 bits: what the backend sets too.
    MATH_MODE = 16,
    GEMM_DEFAULT = -1,
    MOST_SAMPLES = 11,
    MOST_RUNS = 1 << 16,
    // Fewer than a stream has room for, so that the host never waits for the device.
    BETWEEN_WAITS = 256,
    SIDE = 8192,
    MEMORY_PARTS = 8,
    BLOCK = 1 << 20
};

static struct {
    int device;
    const char *cublas;
    double seconds;
    int shrink;
} options = {0, NULL, 1, 1};

static int major;
static size_t memory;
static Handle stream;
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

// A command on the stream; what it answers.
typedef int (*Command)(void *argument);

// Seconds of a run on the device, or less than 0.
static double on_device(Command one, void *argument, int runs) {
    Handle start = NULL;
    Handle end = NULL;
    float millis = -1;
    int status = cu.cuEventCreate(&start, 0);
    status = status != 0 ? status : cu.cuEventCreate(&end, 0);
    status = status != 0 ? status : cu.cuEventRecord(start, stream);
    for (int i = 0; i < runs && status == 0; i++) {
        status = one(argument);
    }
    status = status != 0 ? status : cu.cuEventRecord(end, stream);
    int waited = cu.cuStreamSynchronize(stream);
    status = status != 0 ? status : waited;
    status = status != 0 ? status : cu.cuEventElapsedTime(&millis, start, end);
    if (start != NULL) {
        cu.cuEventDestroy_v2(start);
    }
    if (end != NULL) {
        cu.cuEventDestroy_v2(end);
    }
    return well(status, "time", "a call between two events") ? 1e-3 * millis / runs : -1;
}

// Median over samples, as the backend takes them; less than 0 if something failed.
static double time_on_device(Command one, void *argument) {
    double slot = options.seconds;
    int runs = 1;
    bool fine = on_device(one, argument, 1) >= 0;
    while (fine && runs < MOST_RUNS) {
        double start = now();
        fine = on_device(one, argument, runs) >= 0;
        if (now() - start >= slot / (2 * MOST_SAMPLES)) {
            break;
        }
        runs *= 2;
    }
    double samples[MOST_SAMPLES];
    int taken = 0;
    double start = now();
    while (fine && taken < MOST_SAMPLES && (taken == 0 || now() - start < slot)) {
        samples[taken] = on_device(one, argument, runs);
        fine = samples[taken++] >= 0;
    }
    return fine ? median(samples, taken) : -1;
}

// Random numbers between -1 and 1 in BF16: zeros would take less power, and clocks would stay up.
static bool fill(Address to, size_t bytes, const char *part) {
    static uint16_t block[BLOCK];
    uint32_t state = 1;
    for (int i = 0; i < BLOCK; i++) {
        state = state * 1664525u + 1013904223u;
        float value = (float) (int32_t) state / 2147483648.0f;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        block[i] = (uint16_t) (bits >> 16);
    }
    size_t done = bytes < sizeof block ? bytes : sizeof block;
    bool fine = well(cu.cuMemcpyHtoD_v2(to, block, done), part, "cuMemcpyHtoD");
    // A copy from pageable memory may arrive after the call, and is of another stream.
    fine = fine && well(cu.cuCtxSynchronize(), part, "cuCtxSynchronize");
    for (; fine && done < bytes; done *= 2) {
        size_t more = bytes - done < done ? bytes - done : done;
        fine = well(cu.cuMemcpyDtoDAsync_v2(to + done, to, more, stream), part, "cuMemcpyDtoDAsync");
    }
    return well(cu.cuStreamSynchronize(stream), part, "cuStreamSynchronize") && fine;
}

static bool allocate(Address *to, size_t bytes, const char *part) {
    return well(cu.cuMemAlloc_v2(to, bytes), part, "cuMemAlloc");
}

typedef struct {
    Handle handle;
    int side;
    Address arrays[4];
} Product;

static int multiply(void *argument) {
    const Product *p = argument;
    static const float ONE = 1;
    static const float ZERO = 0;
    return blas.cublasGemmEx(
            p->handle, 0, 0, p->side, p->side, p->side, &ONE, (void *) (uintptr_t) p->arrays[1], R_16BF, p->side,
            (void *) (uintptr_t) p->arrays[0], R_16BF, p->side, &ZERO, (void *) (uintptr_t) p->arrays[2], R_16BF, p->side,
            COMPUTE_32F, GEMM_DEFAULT);
}

static void matmul(void) {
    static const char *PART = "matmul";
    Product p = {NULL, SIDE / options.shrink, {0}};
    size_t bytes = 2 * (size_t) p.side * (size_t) p.side;
    size_t workspace = major >= HOPPER_MAJOR ? 32u << 20 : 4u << 20;
    bool fine = well(blas.cublasCreate_v2(&p.handle), PART, "cublasCreate");
    for (int i = 0; i < 3; i++) {
        fine = fine && allocate(&p.arrays[i], bytes, PART);
    }
    fine = fine && allocate(&p.arrays[3], workspace, PART) && fill(p.arrays[0], bytes, PART)
            && fill(p.arrays[1], bytes, PART)
            && well(blas.cublasSetMathMode(p.handle, MATH_MODE), PART, "cublasSetMathMode")
            && well(blas.cublasSetStream_v2(p.handle, stream), PART, "cublasSetStream")
            && well(blas.cublasSetWorkspace_v2(p.handle, (void *) (uintptr_t) p.arrays[3], workspace), PART,
                    "cublasSetWorkspace");
    double seconds = fine ? time_on_device(multiply, &p) : -1;
    if (seconds > 0) {
        char parameters[160];
        snprintf(
                parameters, sizeof parameters,
                "\"by\": \"cublas\", \"format\": \"bf16\", \"rows\": \"%d\", \"columns\": \"%d\", \"inner\": \"%d\"", p.side,
                p.side, p.side);
        figure(PART, parameters, 2e-12 * p.side * (double) p.side * p.side / seconds, "TFLOP/s");
    }
    if (p.handle != NULL) {
        blas.cublasDestroy_v2(p.handle);
    }
    release(p.arrays, 4);
}

typedef struct {
    Address arrays[2];
    size_t bytes;
} Copy;

static int copy_once(void *argument) {
    const Copy *c = argument;
    return cu.cuMemcpyDtoDAsync_v2(c->arrays[1], c->arrays[0], c->bytes, stream);
}

static void copy(void) {
    static const char *PART = "copy";
    size_t most = (size_t) 1 << 30;
    size_t part = memory / MEMORY_PARTS;
    Copy c = {{0}, (part < most ? part : most) / (size_t) options.shrink / 4 * 4};
    bool fine = allocate(&c.arrays[0], c.bytes, PART) && allocate(&c.arrays[1], c.bytes, PART)
            && fill(c.arrays[0], c.bytes, PART);
    double seconds = fine ? time_on_device(copy_once, &c) : -1;
    if (seconds > 0) {
        char parameters[96];
        snprintf(parameters, sizeof parameters, "\"by\": \"driver\", \"array_bytes\": \"%zu\"", c.bytes);
        figure(PART, parameters, 2e-9 * (double) c.bytes / seconds, "GB/s");
    }
    release(c.arrays, 2);
}

static int launch_once(void *function) {
    return cu.cuLaunchKernel(function, 1, 1, 1, 256, 1, 1, 0, stream, NULL, NULL);
}

// Seconds of the host for a launch, the median of as many batches as the time allows, or less than 0.
static double time_on_host(Handle function) {
    enum { MOST_BATCHES = 1 << 14 };
    static double batches[MOST_BATCHES];
    int taken = 0;
    int status = 0;
    double begin = now();
    while (status == 0 && taken < MOST_BATCHES && (taken == 0 || now() - begin < options.seconds)) {
        double start = now();
        for (int i = 0; i < BETWEEN_WAITS && status == 0; i++) {
            status = launch_once(function);
        }
        batches[taken++] = (now() - start) / BETWEEN_WAITS;
        status = status != 0 ? status : cu.cuStreamSynchronize(stream);
    }
    return well(status, "launch", "cuLaunchKernel") ? median(batches, taken) : -1;
}

static void launches(void) {
    static const char *PART = "launch";
    Handle module = NULL;
    Handle function = NULL;
    bool fine = well(cu.cuModuleLoadData(&module, NOTHING), PART, "cuModuleLoadData")
            && well(cu.cuModuleGetFunction(&function, module, "nothing"), PART, "cuModuleGetFunction");
    double host = fine ? time_on_host(function) : -1;
    if (host > 0) {
        figure(PART, "\"of\": \"host\", \"graph\": \"off\"", 1e6 * host, "us");
    }
    double device = host > 0 ? time_on_device(launch_once, function) : -1;
    if (device > 0) {
        figure(PART, "\"of\": \"device\", \"graph\": \"off\"", 1e6 * device, "us");
    }
    if (module != NULL) {
        cu.cuModuleUnload(module);
    }
}

static void measure(int driver) {
    launches();
    copy();
    void *cublas = load_cublas(options.cublas, driver);
    if (cublas == NULL) {
        problem("matmul", "there is no cuBLAS that could be loaded");
    } else if (bind(cublas, CUBLAS)) {
        matmul();
    }
}

static void on(int device, int driver) {
    Handle context = NULL;
    if (!well(cu.cuDevicePrimaryCtxRetain(&context, device), "open", "cuDevicePrimaryCtxRetain")) {
        return;
    }
    if (well(cu.cuCtxSetCurrent(context), "open", "cuCtxSetCurrent")
            && well(cu.cuStreamCreate(&stream, NON_BLOCKING), "open", "cuStreamCreate")) {
        measure(driver);
        cu.cuStreamDestroy_v2(stream);
    }
    cu.cuDevicePrimaryCtxRelease_v2(device);
}

static void run(void) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    int device = 0;
    int driver = 0;
    char name[256] = "";
    if (library == NULL) {
        problem("load", "libcuda.so.1 cannot be loaded");
    } else if (bind(library, DRIVER) && well(cu.cuInit(0), "open", "cuInit")
            && well(cu.cuDriverGetVersion(&driver), "open", "cuDriverGetVersion")
            && well(cu.cuDeviceGet(&device, options.device), "open", "cuDeviceGet")
            && well(cu.cuDeviceGetName(name, sizeof name, device), "open", "cuDeviceGetName")
            && well(cu.cuDeviceGetAttribute(&major, CAPABILITY_MAJOR, device), "open", "cuDeviceGetAttribute")
            && well(cu.cuDeviceTotalMem_v2(&memory, device), "open", "cuDeviceTotalMem")) {
        on(device, driver);
    }
    printf("{\"device\": \"%s\",\n \"figures\": [%s],\n \"problems\": [%s]}\n", name, figures, problems);
}

int main(int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], "--device") == 0) {
            options.device = atoi(words[i + 1]);
        } else if (strcmp(words[i], "--cublas") == 0) {
            options.cublas = words[i + 1];
        } else if (strcmp(words[i], "--seconds") == 0) {
            options.seconds = atof(words[i + 1]);
        } else if (strcmp(words[i], "--shrink") == 0) {
            options.shrink = atoi(words[i + 1]);
        }
    }
    run();
    return problems[0] == 0 ? 0 : 1;
}
