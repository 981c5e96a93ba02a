// What the program shares with nobody but reads better apart: the functions of the driver and of cuBLAS, found when it runs,
// and what is said of them.
#pragma once

#include <dlfcn.h>
#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *Handle;
typedef unsigned long long Address;

static struct {
    int (*cuInit)(unsigned);
    int (*cuDriverGetVersion)(int *);
    int (*cuDeviceGet)(int *, int);
    int (*cuDeviceGetName)(char *, int, int);
    int (*cuDeviceGetAttribute)(int *, int, int);
    int (*cuDeviceTotalMem_v2)(size_t *, int);
    int (*cuDevicePrimaryCtxRetain)(Handle *, int);
    int (*cuDevicePrimaryCtxRelease_v2)(int);
    int (*cuCtxSetCurrent)(Handle);
    int (*cuMemAlloc_v2)(Address *, size_t);
    int (*cuMemFree_v2)(Address);
    int (*cuMemcpyHtoD_v2)(Address, const void *, size_t);
    int (*cuMemcpyDtoDAsync_v2)(Address, Address, size_t, Handle);
    int (*cuStreamCreate)(Handle *, unsigned);
    int (*cuStreamDestroy_v2)(Handle);
    int (*cuStreamSynchronize)(Handle);
    int (*cuCtxSynchronize)(void);
    int (*cuEventCreate)(Handle *, unsigned);
    int (*cuEventDestroy_v2)(Handle);
    int (*cuEventRecord)(Handle, Handle);
    int (*cuEventElapsedTime)(float *, Handle, Handle);
    int (*cuModuleLoadData)(Handle *, const void *);
    int (*cuModuleUnload)(Handle);
    int (*cuModuleGetFunction)(Handle *, Handle, const char *);
    int (*cuLaunchKernel)(
            Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle, void **, void **);
} cu;

static struct {
    int (*cublasCreate_v2)(Handle *);
    int (*cublasDestroy_v2)(Handle);
    int (*cublasSetStream_v2)(Handle, Handle);
    int (*cublasSetWorkspace_v2)(Handle, void *, size_t);
    int (*cublasSetMathMode)(Handle, int);
    int (*cublasGemmEx)(
            Handle, int, int, int, int, int, const void *, const void *, int, int, const void *, int, int, const void *,
            void *, int, int, int, int);
} blas;

static const char *NOTHING =
        ".version 6.3\n.target sm_75\n.address_size 64\n"
        ".visible .entry nothing()\n.maxntid 256, 1, 1\n{\n\tret;\n}\n";

typedef struct {
    const char *name;
    void **to;
} Symbol;

#define OF(table, function) {#function, (void **) &(table).function}

static const Symbol DRIVER[] = {
        OF(cu, cuInit), OF(cu, cuDriverGetVersion), OF(cu, cuDeviceGet), OF(cu, cuDeviceGetName),
        OF(cu, cuDeviceGetAttribute), OF(cu, cuDeviceTotalMem_v2), OF(cu, cuDevicePrimaryCtxRetain),
        OF(cu, cuDevicePrimaryCtxRelease_v2), OF(cu, cuCtxSetCurrent), OF(cu, cuMemAlloc_v2), OF(cu, cuMemFree_v2),
        OF(cu, cuMemcpyHtoD_v2), OF(cu, cuMemcpyDtoDAsync_v2), OF(cu, cuStreamCreate), OF(cu, cuStreamDestroy_v2),
        OF(cu, cuStreamSynchronize), OF(cu, cuCtxSynchronize), OF(cu, cuEventCreate), OF(cu, cuEventDestroy_v2),
        OF(cu, cuEventRecord), OF(cu, cuEventElapsedTime), OF(cu, cuModuleLoadData), OF(cu, cuModuleUnload),
        OF(cu, cuModuleGetFunction), OF(cu, cuLaunchKernel), {NULL, NULL}};

static const Symbol CUBLAS[] = {
        OF(blas, cublasCreate_v2), OF(blas, cublasDestroy_v2), OF(blas, cublasSetStream_v2),
        OF(blas, cublasSetWorkspace_v2), OF(blas, cublasSetMathMode), OF(blas, cublasGemmEx), {NULL, NULL}};

static char problems[4096];
static char figures[4096];

static void problem(const char *part, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = strlen(problems);
    snprintf(
            problems + used, sizeof problems - used, "%s\n  {\"part\": \"%s\", \"problem\": \"%s\"}",
            used > 0 ? "," : "", part, text);
}

static void figure(const char *name, const char *parameters, double value, const char *unit) {
    size_t used = strlen(figures);
    snprintf(
            figures + used, sizeof figures - used,
            "%s\n  {\"name\": \"%s\", \"parameters\": {%s}, \"value\": %.9g, \"unit\": \"%s\"}", used > 0 ? "," : "",
            name, parameters, value, unit);
}

// The part's calls go on while this holds.
static bool well(int status, const char *part, const char *call) {
    if (status != 0) {
        problem(part, "%s answers %d", call, status);
    }
    return status == 0;
}

static bool bind(void *library, const Symbol *symbols) {
    for (const Symbol *s = symbols; s->name != NULL; s++) {
        *s->to = dlsym(library, s->name);
        if (*s->to == NULL) {
            problem("load", "there is no %s", s->name);
            return false;
        }
    }
    return true;
}

static void *load_from_folders(const char *file) {
    static const char *FOLDERS[] = {
            "/usr/local/cuda/lib64/", "/usr/local/cuda-*/lib64/", "/usr/local/cuda*/targets/x86_64-linux/lib/",
            "/usr/lib/x86_64-linux-gnu/"};
    void *found = NULL;
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS && found == NULL; i++) {
        char pattern[256];
        snprintf(pattern, sizeof pattern, "%s%s", FOLDERS[i], file);
        glob_t matches;
        if (glob(pattern, 0, NULL, &matches) == 0) {
            for (size_t m = matches.gl_pathc; m > 0 && found == NULL; m--) {
                found = dlopen(matches.gl_pathv[m - 1], RTLD_NOW);
            }
            globfree(&matches);
        }
    }
    return found;
}

static void *load_from_home(const char *file) {
    static const char *VARIABLES[] = {"CUDA_HOME", "CUDA_PATH"};
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) {
        const char *folder = getenv(VARIABLES[i]);
        char path[1024];
        snprintf(path, sizeof path, "%s/lib64/%s", folder == NULL ? "" : folder, file);
        void *found = folder == NULL || *folder == 0 ? NULL : dlopen(path, RTLD_NOW);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

// In the order in which the backend looks for it: one of a later CUDA than the driver's would not run.
static void *load_cublas(const char *given, int driver) {
    if (given != NULL) {
        return dlopen(given, RTLD_NOW);
    }
    for (int version = 13; version >= 12; version--) {
        char file[32];
        snprintf(file, sizeof file, "libcublas.so.%d", version);
        void *found = version > driver / 1000 ? NULL : dlopen(file, RTLD_NOW);
        if (version <= driver / 1000) {
            found = found != NULL ? found : load_from_home(file);
            found = found != NULL ? found : load_from_folders(file);
        }
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t) count, sizeof *values, by_size);
    return values[count / 2];
}

static void release(const Address *all, int count) {
    for (int i = 0; i < count; i++) {
        if (all[i] != 0) {
            cu.cuMemFree_v2(all[i]);
        }
    }
}
