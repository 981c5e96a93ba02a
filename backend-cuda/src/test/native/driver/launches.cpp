// Kernels are started here. Their arguments are copied when they are put on a stream.
#include <string.h>

#include "memory.h"
#include "schedule.h"

namespace {

enum FunctionAttribute {
    MOST_THREADS = 0,
    SHARED = 1,
    CONSTANT = 2,
    LOCAL = 3,
    REGISTERS = 4,
    PTX_VERSION = 5,
    BINARY_VERSION = 6,
    CACHE_MODE = 7,
    DYNAMIC_SHARED = 8,
    CARVEOUT = 9
};

constexpr int REGISTERS_OF_THREAD = 32;
constexpr int SHARED_OF_BLOCK = 48 << 10;
constexpr int SHARED_ON_DEMAND = 163 << 10;
constexpr int SHARED_OF_MULTIPROCESSOR = 164 << 10;
constexpr unsigned THREADS_OF_MULTIPROCESSOR = 2048;
constexpr unsigned BLOCKS_OF_MULTIPROCESSOR = 32;

Function *own_function(CUfunction handle) {
    Function *function = find<Function>(handle);
    if (function->context != current()) {
        refuse(INVALID_CONTEXT, text("function %s belongs to another context than the current one",
                                        function->kernel->name));
    }
    return function;
}

struct Shape {
    unsigned grid[3];
    unsigned block[3];
    unsigned shared;
};

void check(const Function *function, const Shape &shape) {
    const unsigned most[] = {2147483647u, 65535u, 65535u};
    for (int i = 0; i < 3; i++) {
        if (shape.grid[i] == 0 || shape.grid[i] > most[i] || shape.block[i] == 0) {
            refuse(INVALID_VALUE, text("%s: %u blocks and %u threads in dimension %d", function->kernel->name,
                                          shape.grid[i], shape.block[i], i));
        }
    }
    if (shape.block[1] != 1 || shape.block[2] != 1) {
        refuse(NOT_SUPPORTED, "blocks of more than one dimension are not emulated");
    }
    if (shape.block[0] > static_cast<unsigned>(function->most_threads)) {
        refuse(INVALID_VALUE, text("%s: %u threads, at most %d are possible", function->kernel->name, shape.block[0],
                                      function->most_threads));
    }
    int room = function->dynamic_shared > 0 ? function->dynamic_shared : SHARED_OF_BLOCK - function->shared;
    if (static_cast<int64_t>(shape.shared) > room) {
        refuse(INVALID_VALUE, text("%s: %u bytes of dynamic shared memory", function->kernel->name, shape.shared));
    }
}

std::vector<uint64_t> copied(const Kernel *kernel, void **arguments) {
    std::vector<uint64_t> out(kernel->count);
    for (size_t i = 0; i < kernel->count; i++) {
        memcpy(&out[i], given(given(arguments)[i]), kernel->arguments[i].bytes);
    }
    return out;
}

int run(const Function *function, const Shape &shape, std::vector<uint64_t> values) {
    const Kernel *kernel = function->kernel;
    if (!function->module->alive) {
        violation(text("%s: its module was unloaded before it ran", kernel->name));
        return LAUNCH_FAILED;
    }
    std::vector<void *> arguments;
    for (size_t i = 0; i < kernel->count; i++) {
        arguments.push_back(&values[i]);
        if (kernel->arguments[i].pointer && values[i] != 0) {
            std::string why = fault(function->context, values[i], 0);
            if (!why.empty()) {
                violation(text("%s: argument %zu: %s", kernel->name, i, why.c_str()));
                return ILLEGAL_ADDRESS;
            }
        }
    }
    const char *wrong = state->idle ? nullptr : kernel->launch(shape.grid, shape.block[0], arguments.data());
    if (wrong != nullptr) {
        violation(text("%s: %s", kernel->name, wrong));
        return LAUNCH_FAILED;
    }
    return SUCCESS;
}

int attribute(const Function *function, int number) {
    switch (number) {
        case MOST_THREADS:
            return function->most_threads;
        case SHARED:
            return function->shared;
        case REGISTERS:
            return REGISTERS_OF_THREAD;
        case PTX_VERSION:
            return function->module->version;
        case BINARY_VERSION:
            return function->context->device->capability;
        case DYNAMIC_SHARED:
            return function->dynamic_shared > 0 ? function->dynamic_shared : SHARED_OF_BLOCK - function->shared;
        case CARVEOUT:
            return function->carveout;
        case CONSTANT:
        case LOCAL:
        case CACHE_MODE:
            return 0;
        default:
            answer(INVALID_VALUE);
    }
}

}  // namespace

EXPORTED CUresult cuLaunchKernel(CUfunction handle, unsigned grid_x, unsigned grid_y, unsigned grid_z,
        unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, CUstream on, void **arguments,
        void **extra) {
    CALL(CONTEXT) {
        Function *function = own_function(handle);
        Stream *where = own_stream(on);
        Shape shape = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared};
        check(function, shape);
        if (extra != nullptr) {
            refuse(NOT_SUPPORTED, "arguments in one buffer are not modelled");
        }
        std::vector<uint64_t> values = copied(function->kernel, arguments);
        enqueue(where, {function->kernel->name, [=] { return run(function, shape, values); }, true});
    });
}

EXPORTED CUresult cuFuncGetAttribute(int *out, int number, CUfunction function) {
    CALL(CONTEXT) { *given(out) = attribute(find<Function>(function), number); });
}

EXPORTED CUresult cuFuncSetAttribute(CUfunction handle, int number, int value) {
    CALL(CONTEXT) {
        Function *function = find<Function>(handle);
        if (number == CARVEOUT && value >= -1 && value <= 100) {
            function->carveout = value;
        } else if (number == DYNAMIC_SHARED && value >= 0 && value <= SHARED_ON_DEMAND - function->shared) {
            function->dynamic_shared = value;
        } else {
            answer(INVALID_VALUE);
        }
    });
}

EXPORTED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(
        int *out, CUfunction handle, int threads, size_t dynamic_shared) {
    CALL(CONTEXT) {
        Function *function = find<Function>(handle);
        if (threads <= 0) {
            answer(INVALID_VALUE);
        }
        size_t shared = function->shared + dynamic_shared;
        size_t blocks = THREADS_OF_MULTIPROCESSOR / static_cast<unsigned>(threads);
        blocks = blocks > BLOCKS_OF_MULTIPROCESSOR ? BLOCKS_OF_MULTIPROCESSOR : blocks;
        size_t fit = shared == 0 ? blocks : SHARED_OF_MULTIPROCESSOR / shared;
        *given(out) = threads > function->most_threads ? 0 : static_cast<int>(fit < blocks ? fit : blocks);
    });
}

EXPORTED int double_enqueue(void *on, void (*function)(void *), void *argument, void (*drop)(void *)) {
    std::shared_ptr<void> kept(argument, drop);
    CALL(CONTEXT) {
        enqueue(own_stream(on), {__func__,
                                        [=] {
                                            inside = true;
                                            function(kept.get());
                                            inside = false;
                                            return SUCCESS;
                                        },
                                        true});
    });
}

EXPORTED int double_enqueue_poll(void *on, int (*attempt)(void *), void *argument, void (*drop)(void *)) {
    std::shared_ptr<void> owned(argument, drop);
    CALL(CONTEXT) {
        Stream *where = own_stream(on);
        if (where->capture != nullptr) {
            where->capture->broken = true;
            refuse(STREAM_CAPTURE_UNSUPPORTED, text("%s: it cannot be captured", __func__));
        }
        Work work = {"double_enqueue_poll"};
        work.kernel = true;
        work.attempt = [=] {
            inside = true;
            int answer = attempt(owned.get());
            inside = false;
            return answer == 0 ? Attempt::NOTHING : answer == 1 ? Attempt::DONE : Attempt::PROGRESS;
        };
        enqueue(where, work);
    });
}

EXPORTED void double_advance() {
    std::unique_lock<std::mutex> lock(mutex);
    if (state != nullptr) {
        advance();
    }
}
