// A library of the kernels of one source, for the test double of the driver.
#include "emulation.h"
#include KERNELS
#include "kernel.h"

namespace {

template <typename... A>
struct Signature {
    static constexpr Argument ARGUMENTS[] = {{sizeof(A), std::is_pointer<A>::value}..., {0, false}};
};

template <typename... A>
constexpr Kernel described(const char *name, void (*)(A...), decltype(Kernel::launch) launch) {
    return {name, sizeof...(A), Signature<A...>::ARGUMENTS, launch};
}

template <typename K>
const char *launched(K kernel, const unsigned (&grid)[3], unsigned threads, void **arguments) {
    static std::string what;
    try {
        emulation::launch(kernel, {grid[0], grid[1], grid[2]}, threads, arguments);
        return nullptr;
    } catch (const emulation::Failure &failed) {
        what = failed.what;
        return what.c_str();
    }
}

#define ENTRY(kernel)                                                                                     \
    described(#kernel, kernel, [](const unsigned (&grid)[3], unsigned threads, void **arguments) {         \
        return launched(kernel, grid, threads, arguments);                                                \
    })

const Kernel ENTRIES[] = {
#include TABLE
    {nullptr, 0, nullptr, nullptr},
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const Kernel *kernels() {
    return ENTRIES;
}
