// Runs one emulated kernel: reads what to run and the buffers from standard input, writes the buffers back. All numbers are
// little-endian; the kernel's name and its arguments are fixed by KernelHarness.java.
#include "emulation.h"
#include KERNELS

namespace {

struct Entry {
    const char *name;
    void (*launch)(dim3 grid, unsigned threads, void **arguments);
};

#define ENTRY(kernel)                                                              \
    {                                                                              \
        #kernel, [](dim3 grid, unsigned threads, void **arguments) {               \
            emulation::launch(kernel, grid, threads, arguments);                   \
        }                                                                          \
    }

const Entry ENTRIES[] = {
#include TABLE
};

template <typename T>
T read() {
    T out;
    if (fread(&out, sizeof out, 1, stdin) != 1) {
        fprintf(stderr, "harness: the input ends early\n");
        exit(2);
    }
    return out;
}

}  // namespace

int main() {
    char name[64] = {};
    for (uint32_t length = read<uint32_t>(), i = 0; i < length && i + 1 < sizeof name; i++) {
        name[i] = read<char>();
    }
    dim3 grid;
    grid.x = read<uint32_t>();
    grid.y = read<uint32_t>();
    grid.z = read<uint32_t>();
    uint32_t threads = read<uint32_t>();

    // A block of its own for each buffer, as long as it and no longer, so that the sanitizer sees what lies beyond.
    std::vector<std::pair<char *, uint64_t>> buffers(read<uint32_t>());
    for (auto &buffer : buffers) {
        buffer.second = read<uint64_t>();
        buffer.first = static_cast<char *>(malloc(buffer.second));
        if (buffer.second > 0 && fread(buffer.first, buffer.second, 1, stdin) != 1) {
            fprintf(stderr, "harness: a buffer ends early\n");
            return 2;
        }
    }
    std::vector<uint64_t> values(read<uint32_t>());
    std::vector<void *> arguments;
    for (auto &value : values) {
        char kind = read<char>();
        value = read<uint64_t>();
        if (kind == 'b') {
            uint64_t offset = read<uint64_t>();
            value = reinterpret_cast<uint64_t>(buffers.at(value).first + offset);
        }
        arguments.push_back(&value);
    }
    for (const Entry &entry : ENTRIES) {
        if (strcmp(entry.name, name) == 0) {
            try {
                entry.launch(grid, threads, arguments.data());
            } catch (const emulation::Failure &failed) {
                fprintf(stderr, "emulation: %s\n", failed.what.c_str());
                return 3;
            }
            for (auto &buffer : buffers) {
                fwrite(buffer.first, 1, buffer.second, stdout);
                free(buffer.first);
            }
            return fflush(stdout);
        }
    }
    fprintf(stderr, "harness: no kernel is called %s\n", name);
    return 2;
}
