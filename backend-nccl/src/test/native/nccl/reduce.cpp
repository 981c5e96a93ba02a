// What collectives compute.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "comms.h"
#include "numbers.h"

namespace {

unsigned to_small(float value, int exponent_bits, int fraction_bits, int bias, unsigned largest, unsigned nan) {
    unsigned sign = std::signbit(value) ? 1u << (exponent_bits + fraction_bits) : 0;
    float size = std::fabs(value);
    if (std::isnan(value)) {
        return sign | nan;
    }
    int exponent = size == 0 ? 1 - bias : std::max(std::ilogb(size), 1 - bias);
    // In units of the last place: a fraction that is rounded up carries into the exponent.
    float units = std::nearbyint(std::ldexp(size, fraction_bits - exponent));
    float code = units + std::ldexp(static_cast<float>(exponent + bias - 1), fraction_bits);
    return sign | (code > static_cast<float>(largest) ? nan : static_cast<unsigned>(code));
}

template <typename T>
struct Plain {
    using Stored = T;
    using Sum = T;
    static Sum load(T value) {
        return value;
    }
    static T store(Sum value) {
        return value;
    }
};

struct Half {
    using Stored = uint16_t;
    using Sum = float;
    static float load(uint16_t value) {
        return of_half(value);
    }
    static uint16_t store(float value) {
        return to_half(value);
    }
};

struct Brain {
    using Stored = uint16_t;
    using Sum = float;
    static float load(uint16_t value) {
        return of_bits(static_cast<uint32_t>(value) << 16);
    }
    static uint16_t store(float value) {
        uint16_t out;
        ::store(&out, 0, R_16BF, value);
        return out;
    }
};

struct E4m3 {
    using Stored = uint8_t;
    using Sum = float;
    static float load(uint8_t value) {
        return of_e4m3(value);
    }
    static uint8_t store(float value) {
        return static_cast<uint8_t>(to_small(value, 4, 3, 7, 0x7e, 0x7f));
    }
};

struct E5m2 {
    using Stored = uint8_t;
    using Sum = float;
    static float load(uint8_t value) {
        unsigned size = value & 0x7f;
        float sign = value & 0x80 ? -1.0f : 1.0f;
        return size > 0x7c ? NAN : size == 0x7c ? sign * INFINITY : small(value, 5, 2, 15);
    }
    static uint8_t store(float value) {
        return static_cast<uint8_t>(to_small(value, 5, 2, 15, 0x7b, std::isnan(value) ? 0x7f : 0x7c));
    }
};

template <typename S>
S add(S a, S b) {
    if constexpr (std::numeric_limits<S>::is_integer) {
        return static_cast<S>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    } else {
        return a + b;
    }
}

template <typename S>
S multiply(S a, S b) {
    if constexpr (std::numeric_limits<S>::is_integer) {
        return static_cast<S>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    } else {
        return a * b;
    }
}

template <typename S>
S combine(S a, S b, uint32_t op) {
    switch (op) {
        case ncclProd:
            return multiply(a, b);
        case ncclMax:
            return std::max(a, b);
        case ncclMin:
            return std::min(a, b);
        default:
            return add(a, b);
    }
}

template <typename F>
void reduce_as(void *to, const std::vector<const void *> &from, size_t count, uint32_t op) {
    using Stored = typename F::Stored;
    using Sum = typename F::Sum;
    for (size_t i = 0; i < count; i++) {
        Sum sum = F::load(static_cast<const Stored *>(from[0])[i]);
        for (size_t r = 1; r < from.size(); r++) {
            sum = combine(sum, static_cast<Sum>(F::load(static_cast<const Stored *>(from[r])[i])), op);
        }
        if (op == ncclAvg) {
            sum = static_cast<Sum>(sum / static_cast<Sum>(from.size()));
        }
        static_cast<Stored *>(to)[i] = F::store(sum);
    }
}

}  // namespace

size_t bytes_of(uint32_t type) {
    static const size_t BYTES[] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2, 1, 1};
    return BYTES[type];
}

void reduce(void *to, const std::vector<const void *> &from, size_t count, uint32_t type, uint32_t op) {
    switch (type) {
        case ncclInt8:
            return reduce_as<Plain<int8_t>>(to, from, count, op);
        case ncclUint8:
            return reduce_as<Plain<uint8_t>>(to, from, count, op);
        case ncclInt32:
            return reduce_as<Plain<int32_t>>(to, from, count, op);
        case ncclUint32:
            return reduce_as<Plain<uint32_t>>(to, from, count, op);
        case ncclInt64:
            return reduce_as<Plain<int64_t>>(to, from, count, op);
        case ncclUint64:
            return reduce_as<Plain<uint64_t>>(to, from, count, op);
        case ncclFloat16:
            return reduce_as<Half>(to, from, count, op);
        case ncclFloat32:
            return reduce_as<Plain<float>>(to, from, count, op);
        case ncclFloat64:
            return reduce_as<Plain<double>>(to, from, count, op);
        case ncclBfloat16:
            return reduce_as<Brain>(to, from, count, op);
        case ncclFloat8e4m3:
            return reduce_as<E4m3>(to, from, count, op);
        default:
            return reduce_as<E5m2>(to, from, count, op);
    }
}
