// Changes of format: between those that arrays are kept in, and to eight bits with one scale for a whole array.
#include "common.cuh"

// Three bits of mantissa, a smallest exponent of -6, no infinity.
struct e4m3 {
    static constexpr int MANTISSA = 3;
    static constexpr int BIAS = 7;
    static constexpr unsigned LARGEST_CODE = 0x7e;
    static constexpr float LARGEST = 448;

    unsigned char bits;
};

// Two bits of mantissa, a smallest exponent of -14: a wider range for less precision. Its infinities are left out.
struct e5m2 {
    static constexpr int MANTISSA = 2;
    static constexpr int BIAS = 15;
    static constexpr unsigned LARGEST_CODE = 0x7b;
    static constexpr float LARGEST = 57344;

    unsigned char bits;
};

// Below it the scale would not be a number that has an inverse.
constexpr float LEAST_LARGEST = 1e-30f;

// To nearest, ties to even; what is too large becomes the largest. By hand, since the instruction needs compute capability 8.9.
template <typename E>
__device__ E eight_bits(float x) {
    constexpr int DROPPED = 23 - E::MANTISSA;
    // The exponent of the least number that is normal, as single precision has it, is this one's successor.
    constexpr unsigned REBIAS = 127 - E::BIAS;
    unsigned bits = __float_as_uint(x);
    unsigned size = bits & 0x7fffffffu;
    unsigned code;
    if (size > 0x7f800000u) {
        code = 0x7f;
    } else if (size >= __float_as_uint(E::LARGEST)) {
        code = E::LARGEST_CODE;
    } else if (size < (REBIAS + 1) << 23) {
        // Below that, steps are those of single precision from this power of two on.
        float same_steps = __uint_as_float((REBIAS + 1 + DROPPED) << 23);
        code = __float_as_uint(__uint_as_float(size) + same_steps) & ((2u << E::MANTISSA) - 1);
    } else {
        code = (size - (REBIAS << 23) + (1u << (DROPPED - 1)) - 1 + ((size >> DROPPED) & 1u)) >> DROPPED;
    }
    E out = {(unsigned char) (code | bits >> 24 & 0x80u)};
    return out;
}

template <>
__device__ inline e4m3 rounded<e4m3>(float x) {
    return eight_bits<e4m3>(x);
}

template <>
__device__ inline e5m2 rounded<e5m2>(float x) {
    return eight_bits<e5m2>(x);
}

// Eight elements, which formats of different width have in common.
template <typename T>
struct alignas(sizeof(T) == 1 ? 8 : 16) Eight {
    T at[8];
};

template <typename From, typename To>
__device__ void convert(const From *from, To *to, long long n, float scale) {
    long long first = blockIdx.x * (long long) THREADS + threadIdx.x;
    long long stride = gridDim.x * (long long) THREADS;
    long long packs = aligned(from, to) ? n / 8 : 0;
    for (long long p = first; p < packs; p += stride) {
        Eight<From> in = reinterpret_cast<const Eight<From> *>(from)[p];
        Eight<To> out;
#pragma unroll
        for (int j = 0; j < 8; j++) {
            out.at[j] = rounded<To>(scale * value(in.at[j]));
        }
        reinterpret_cast<Eight<To> *>(to)[p] = out;
    }
    for (long long i = packs * 8 + first; i < n; i += stride) {
        to[i] = rounded<To>(scale * value(from[i]));
    }
}

// What brings the largest of the blocks' magnitudes to the largest of E; `inverse` takes it back.
template <typename E>
__device__ float scale_of(const float *found, int blocks, float *inverse) {
    float most = LEAST_LARGEST;
    for (int b = threadIdx.x; b < blocks; b += THREADS) {
        most = fmaxf(most, found[b]);
    }
    most = across_block(most, Larger());
    if (blockIdx.x == 0 && blockIdx.y == 0 && threadIdx.x == 0) {
        *inverse = most / E::LARGEST;
    }
    return E::LARGEST / most;
}

// A block turns a tile of this many rows, in words of four of them, and columns.
constexpr int WORDS = 32;
constexpr int ROWS = 4 * WORDS;
constexpr int COLUMNS = 64;
constexpr int LANES_ACROSS = 8;

// Words of a column change places by fours, so that those of eight packs beside each other lie in different banks.
template <int WIDTH>
__device__ int place(int column, int word) {
    return column * WORDS + (word ^ column / WIDTH % LANES_ACROSS * 4);
}

template <typename E, typename T>
__device__ void take(unsigned *tile, const T *x, int rows, int columns, int first_row, int first_column, float scale) {
    constexpr int WIDTH = Pack<T>::WIDTH;
    int word = threadIdx.x / LANES_ACROSS;
    for (int from = 0; from < COLUMNS; from += LANES_ACROSS * WIDTH) {
        int column = from + threadIdx.x % LANES_ACROSS * WIDTH;
        unsigned four[WIDTH] = {};
#pragma unroll
        for (int r = 0; r < 4; r++) {
            int row = first_row + word * 4 + r;
            Pack<T> pack = load(row < rows ? x + (long long) row * columns : nullptr, first_column + column, columns);
#pragma unroll
            for (int j = 0; j < WIDTH; j++) {
                four[j] |= (unsigned) rounded<E>(scale * value(pack.at[j])).bits << 8 * r;
            }
        }
#pragma unroll
        for (int j = 0; j < WIDTH; j++) {
            tile[place<WIDTH>(column + j, word)] = four[j];
        }
    }
}

template <typename T, typename E>
__device__ void turn(
        const T *x, const float *found, int blocks, E *out, float *inverse, int rows, int columns) {
    SHARED(tile, unsigned[COLUMNS * WORDS]);
    constexpr int BYTES = Pack<E>::WIDTH;
    int first_row = blockIdx.y * ROWS;
    int first_column = blockIdx.x * COLUMNS;
    take<E>(tile, x, rows, columns, first_row, first_column, scale_of<E>(found, blocks, inverse));
    __syncthreads();
    int row = first_row + threadIdx.x % LANES_ACROSS * BYTES;
    for (int column = threadIdx.x / LANES_ACROSS; column < COLUMNS; column += THREADS / LANES_ACROSS) {
        if (first_column + column >= columns) {
            continue;
        }
        Pack<E> pack = *reinterpret_cast<const Pack<E> *>(
                tile + place<Pack<T>::WIDTH>(column, threadIdx.x % LANES_ACROSS * (BYTES / 4)));
        E *to = out + (long long) (first_column + column) * rows + row;
        if (row + BYTES <= rows && aligned(to)) {
            *reinterpret_cast<Pack<E> *>(to) = pack;
            continue;
        }
        for (int j = 0; j < BYTES && row + j < rows; j++) {
            to[j] = pack.at[j];
        }
    }
}

KERNEL convert_f32_bf16(const float *from, bf16 *to, long long n) {
    convert(from, to, n, 1);
}

KERNEL convert_f32_f16(const float *from, f16 *to, long long n) {
    convert(from, to, n, 1);
}

KERNEL convert_bf16_f32(const bf16 *from, float *to, long long n) {
    convert(from, to, n, 1);
}

KERNEL convert_f16_f32(const f16 *from, float *to, long long n) {
    convert(from, to, n, 1);
}

// `found` holds what largest_* has found.
#define OF_TYPE(t, T)                                                                               \
    KERNEL cast_e4m3_##t(                                                                           \
            const T *x, const float *found, int blocks, e4m3 *out, float *inverse, long long n) {   \
        convert(x, out, n, scale_of<e4m3>(found, blocks, inverse));                                 \
    }                                                                                               \
    KERNEL cast_transpose_e4m3_##t(                                                                 \
            const T *x, const float *found, int blocks, e4m3 *out, float *inverse, int rows,        \
            int columns) {                                                                          \
        turn(x, found, blocks, out, inverse, rows, columns);                                        \
    }                                                                                               \
    KERNEL cast_e5m2_##t(                                                                           \
            const T *x, const float *found, int blocks, e5m2 *out, float *inverse, long long n) {   \
        convert(x, out, n, scale_of<e5m2>(found, blocks, inverse));                                 \
    }                                                                                               \
    KERNEL cast_transpose_e5m2_##t(                                                                 \
            const T *x, const float *found, int blocks, e5m2 *out, float *inverse, int rows,        \
            int columns) {                                                                          \
        turn(x, found, blocks, out, inverse, rows, columns);                                        \
    }

OF_TYPE(f32, float)
OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
