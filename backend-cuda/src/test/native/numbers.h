// The arithmetic of the doubles of cuBLAS and cuBLASLt: formats of few bits, by their definitions, and products.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

enum Type { R_32F = 0, R_16F = 2, R_16BF = 14, R_8F_E4M3 = 28, R_8F_E5M2 = 29 };
enum Compute { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77 };
enum Operation { OP_N = 0, OP_T = 1 };

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

inline float of_e5m2(uint8_t code) {
    if ((code & 0x7c) == 0x7c) {
        return code & 3 ? NAN : code & 0x80 ? -INFINITY : INFINITY;
    }
    return small(code, 5, 2, 15);
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
    return type == R_32F ? 4 : type == R_8F_E4M3 || type == R_8F_E5M2 ? 1 : 2;
}

inline float load(const void *from, size_t at, int type) {
    switch (type) {
        case R_32F:
            return ((const float *) from)[at];
        case R_16BF:
            return of_bits((uint32_t) ((const uint16_t *) from)[at] << 16);
        case R_16F:
            return of_half(((const uint16_t *) from)[at]);
        case R_8F_E5M2:
            return of_e5m2(((const uint8_t *) from)[at]);
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
