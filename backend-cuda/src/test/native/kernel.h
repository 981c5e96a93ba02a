// How a library of emulated kernels shows them.
#pragma once

#include <stddef.h>

struct Argument {
    size_t bytes;
    bool pointer;
};

struct Kernel {
    const char *name;
    size_t count;
    const Argument *arguments;
    // Null, or what was wrong with the kernel.
    const char *(*launch)(const unsigned (&grid)[3], unsigned threads, void **arguments);
};

// The kernels of a library, ended by one without a name: `kernels`.
typedef const Kernel *Kernels();
