// What the doubles of cuBLAS and cuBLASLt share: failures on demand, living objects, the stream, numbers.
#pragma once

#include <dlfcn.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

enum Status {
    SUCCESS = 0,
    NOT_INITIALIZED = 1,
    INVALID_VALUE = 7,
    EXECUTION_FAILED = 13,
    INTERNAL_ERROR = 14,
    NOT_SUPPORTED = 15
};

enum Type { R_32F = 0, R_16F = 2, R_16BF = 14, R_8F_E4M3 = 28 };
enum Compute { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77 };
enum Operation { OP_N = 0, OP_T = 1 };

inline std::mutex guard;
inline std::map<std::string, std::vector<std::pair<int, int>>> failures;
inline std::set<const void *> living;
inline int faults = 0;
inline int forgotten = 0;

// Whether a call of a function is to fail, and how: the first failure that is due.
inline bool injected(const char *function, int *status) {
    std::lock_guard<std::mutex> lock(guard);
    bool due = false;
    auto &planned = failures[function];
    for (size_t i = 0; i < planned.size();) {
        if (--planned[i].first == 0) {
            *status = planned[i].second;
            due = true;
            planned.erase(planned.begin() + i);
        } else {
            i++;
        }
    }
    return due;
}

#define INJECT(function)                    \
    do {                                    \
        int status;                         \
        if (injected(function, &status)) {  \
            return status;                  \
        }                                   \
    } while (0)

template <typename T>
T *born(T *object) {
    std::lock_guard<std::mutex> lock(guard);
    living.insert(object);
    return object;
}

inline bool lives(const void *object) {
    std::lock_guard<std::mutex> lock(guard);
    return living.count(object) > 0;
}

template <typename T>
bool bury(T *object) {
    std::lock_guard<std::mutex> lock(guard);
    if (living.erase(object) == 0) {
        return false;
    }
    delete object;
    return true;
}

// The nth call from now of a function answers with a status.
EXPORT void cublas_double_fail(const char *function, int nth, int status) {
    std::lock_guard<std::mutex> lock(guard);
    failures[function].push_back({nth, status});
}

// Handles, descriptors and the like that nobody has destroyed.
EXPORT int cublas_double_handles() {
    std::lock_guard<std::mutex> lock(guard);
    return (int) living.size() - forgotten;
}

// So many of them are lost on purpose.
EXPORT void cublas_double_forget(int handles) {
    std::lock_guard<std::mutex> lock(guard);
    forgotten += handles;
}

// Commands whose memory was gone when the stream came to them.
EXPORT int cublas_double_faults() {
    std::lock_guard<std::mutex> lock(guard);
    return faults;
}

// What the double of the driver exports; all null where that is not loaded.
struct Driver {
    int (*enqueue)(void *stream, void (*run)(void *), void *argument) = nullptr;
    int (*memory)(unsigned long long address, unsigned long long bytes) = nullptr;
    int (*context)(void **context) = nullptr;
};

inline Driver driver;

// To be called before a handle is made: a driver is loaded before, and looking for it takes long.
inline void find_driver() {
    driver = Driver();
    void *library = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_NOW);
    if (library == nullptr) {
        return;
    }
    driver.enqueue = (decltype(driver.enqueue)) dlsym(library, "double_enqueue");
    driver.memory = (decltype(driver.memory)) dlsym(library, "double_memory");
    // That of a real driver knows nothing of the memory and the streams of tests.
    if (driver.enqueue != nullptr) {
        driver.context = (decltype(driver.context)) dlsym(library, "cuCtxGetCurrent");
    }
    dlclose(library);
}

// The current context; without the driver's double some context is always current.
inline void *current_context() {
    static int any;
    void *context = nullptr;
    return driver.context != nullptr && driver.context(&context) == 0 ? context : &any;
}

struct Memory {
    const void *start;
    size_t bytes;
};

inline bool on_device(const Memory &memory) {
    return memory.start != nullptr
            && (driver.memory == nullptr || driver.memory((uintptr_t) memory.start, memory.bytes) == 1);
}

inline bool on_device(const std::vector<Memory> &memories) {
    for (const Memory &memory : memories) {
        if (!on_device(memory)) {
            return false;
        }
    }
    return true;
}

// Puts work on a stream of the driver's double, or does it at once where that is not loaded.
inline int submit(void *stream, std::vector<Memory> memories, std::function<void()> work) {
    if (!on_device(memories)) {
        return EXECUTION_FAILED;
    }
    if (driver.enqueue == nullptr) {
        work();
        return SUCCESS;
    }
    auto *command = new std::function<void()>([memories, work] {
        if (on_device(memories)) {
            work();
        } else {
            std::lock_guard<std::mutex> lock(guard);
            faults++;
        }
    });
    int status = driver.enqueue(
            stream,
            [](void *argument) {
                auto *todo = (std::function<void()> *) argument;
                (*todo)();
                delete todo;
            },
            command);
    if (status != 0) {
        delete command;
        return EXECUTION_FAILED;
    }
    return SUCCESS;
}

inline uint32_t bits(float value) {
    uint32_t b;
    memcpy(&b, &value, sizeof b);
    return b;
}

inline float of_bits(uint32_t b) {
    float value;
    memcpy(&value, &b, sizeof value);
    return value;
}

// Keeps the upper bits of a float, to the nearest, ties to even.
inline float without(float value, int low) {
    if (std::isnan(value) || std::isinf(value)) {
        return value;
    }
    uint32_t b = bits(value);
    uint32_t half = (1u << (low - 1)) - 1 + ((b >> low) & 1);
    return of_bits((b + half) & ~((1u << low) - 1));
}

// A number of a format with few bits: sign, exponent with a bias, fraction.
inline float small(unsigned code, int exponent_bits, int fraction_bits, int bias) {
    unsigned fraction = code & ((1u << fraction_bits) - 1);
    int exponent = (int) (code >> fraction_bits) & ((1 << exponent_bits) - 1);
    float size = exponent == 0 ? std::ldexp((float) fraction, 1 - bias - fraction_bits)
                               : std::ldexp((float) (fraction + (1u << fraction_bits)), exponent - bias - fraction_bits);
    return code >> (exponent_bits + fraction_bits) & 1 ? -size : size;
}

inline float of_e4m3(uint8_t code) {
    return (code & 0x7f) == 0x7f ? NAN : small(code, 4, 3, 7);
}

inline float of_half(uint16_t code) {
    if ((code & 0x7c00) == 0x7c00) {
        return code & 0x3ff ? NAN : code & 0x8000 ? -INFINITY : INFINITY;
    }
    return small(code, 5, 10, 15);
}

inline uint16_t to_half(float value) {
    uint16_t sign = (uint16_t) (bits(value) >> 16 & 0x8000);
    float size = std::fabs(value);
    if (std::isnan(value)) {
        return sign | 0x7e00;
    }
    if (size >= 65520) {
        return sign | 0x7c00;
    }
    if (size < std::ldexp(1.0f, -14)) {
        return sign | (uint16_t) std::nearbyint(std::ldexp(size, 24));
    }
    int exponent;
    float fraction = std::frexp(size, &exponent);
    // A fraction that is rounded up to the next power of two carries into the exponent.
    return (uint16_t) (sign + ((exponent + 13) << 10) + (int) std::nearbyint(std::ldexp(fraction, 11)));
}

inline size_t size_of(int type) {
    return type == R_32F ? 4 : type == R_8F_E4M3 ? 1 : 2;
}

inline float load(const void *from, size_t at, int type) {
    switch (type) {
        case R_32F:
            return ((const float *) from)[at];
        case R_16BF:
            return of_bits((uint32_t) ((const uint16_t *) from)[at] << 16);
        case R_16F:
            return of_half(((const uint16_t *) from)[at]);
        default:
            return of_e4m3(((const uint8_t *) from)[at]);
    }
}

inline void store(void *to, size_t at, int type, float value) {
    if (type == R_32F) {
        ((float *) to)[at] = value;
    } else if (type == R_16BF) {
        ((uint16_t *) to)[at] = std::isnan(value) ? 0x7fc0 : (uint16_t) (bits(without(value, 16)) >> 16);
    } else {
        ((uint16_t *) to)[at] = to_half(value);
    }
}

// A matrix by columns, turned or not.
struct Matrix {
    const void *data;
    int type;
    size_t leading;
    bool turned;

    float at(size_t row, size_t column) const {
        return load(data, turned ? column + row * leading : row + column * leading, type);
    }
};

// c = alpha * a * b + beta * c, by columns, summed in double precision. With tf32 factors lose 13 bits first.
inline void multiply(
        size_t m, size_t n, size_t k, double alpha, Matrix a, Matrix b, double beta, void *c, int type, size_t leading, bool tf32) {
    auto number = [tf32](float value) { return (double) (tf32 ? without(value, 13) : value); };
    std::vector<double> left(m * k);
    for (size_t l = 0; l < k; l++) {
        for (size_t i = 0; i < m; i++) {
            left[l * m + i] = number(a.at(i, l));
        }
    }
    std::vector<double> sum(m);
    for (size_t j = 0; j < n; j++) {
        std::fill(sum.begin(), sum.end(), 0);
        for (size_t l = 0; l < k; l++) {
            double right = number(b.at(l, j));
            const double *column = &left[l * m];
            for (size_t i = 0; i < m; i++) {
                sum[i] += right * column[i];
            }
        }
        for (size_t i = 0; i < m; i++) {
            double before = beta == 0 ? 0 : beta * load(c, i + j * leading, type);
            store(c, i + j * leading, type, (float) (alpha * sum[i] + before));
        }
    }
}
