// Tiles of attention on CPUs: keys are turned when they are loaded, so that every product runs along vectors.
#define QUERIES 64
#define KEYS 32
#define CHUNK 32
#define SCORE_STRIDE KEYS
#define SYNC

void load(__local float *tile, int height, __global const float *from, int rows, int columns, int stride) {
    for (int r = 0; r < height; r++) {
        for (int c = 0; c < CHUNK; c += VECTOR) {
            VF v = 0.0f;
            if (r < rows && c < columns) {
                v = get(from + (long) r * stride, c, columns);
            }
            VSTORE(v, tile + r * CHUNK + c);
        }
    }
}

void load_keys(__local float *tile, __global const float *from, int rows, int columns, int stride) {
    for (int r = 0; r < KEYS; r++) {
        for (int c = 0; c < CHUNK; c++) {
            tile[c * KEYS + r] = r < rows && c < columns ? from[(long) r * stride + c] : 0.0f;
        }
    }
}

// sum[i][j] += a[i * rise + k * run] * b[k][j]
#define ADD_BLOCK(sum, a, rise, run, b, stride, depth)                             \
    for (int k_ = 0; k_ < (depth); k_++) {                                         \
        VF right_[PANEL];                                                          \
        _Pragma("unroll") for (int j_ = 0; j_ < PANEL; j_++) {                     \
            right_[j_] = VLOAD((b) + k_ * (stride) + j_ * VECTOR);                 \
        }                                                                          \
        _Pragma("unroll") for (int i_ = 0; i_ < ROWS; i_++) {                      \
            VF left_ = (a)[i_ * (rise) + k_ * (run)];                              \
            _Pragma("unroll") for (int j_ = 0; j_ < PANEL; j_++) {                 \
                sum[i_][j_] = fma(left_, right_[j_], sum[i_][j_]);                 \
            }                                                                      \
        }                                                                          \
    }

void add_scores(__local float *scores, __local const float *queries, __local const float *keys, int columns) {
    for (int r = 0; r < QUERIES; r += ROWS) {
        for (int c = 0; c < KEYS; c += PANEL * VECTOR) {
            VF sum[ROWS][PANEL];
            __local float *to = scores + r * SCORE_STRIDE + c;
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
#pragma unroll
                for (int j = 0; j < PANEL; j++) {
                    sum[i][j] = VLOAD(to + i * SCORE_STRIDE + j * VECTOR);
                }
            }
            ADD_BLOCK(sum, queries + r * CHUNK, CHUNK, 1, keys + c, KEYS, columns)
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
#pragma unroll
                for (int j = 0; j < PANEL; j++) {
                    VSTORE(sum[i][j], to + i * SCORE_STRIDE + j * VECTOR);
                }
            }
        }
    }
}

// to = keep * to + left * right, with left[i * rise + k * run] and a factor to keep for every row.
void add_product(
        __global float *to, int rows, int columns, int stride, __local const float *left, int rise, int run,
        __local const float *right, int depth,
        __local const float *keep) {
    for (int r = 0; r < rows; r += ROWS) {
        for (int c = 0; c < columns; c += PANEL * VECTOR) {
            VF sum[ROWS][PANEL];
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
#pragma unroll
                for (int j = 0; j < PANEL; j++) {
                    sum[i][j] = 0.0f;
                }
            }
            ADD_BLOCK(sum, left + r * rise, rise, run, right + c, CHUNK, depth)
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                if (r + i < rows) {
                    __global float *row = to + (long) (r + i) * stride;
#pragma unroll
                    for (int j = 0; j < PANEL; j++) {
                        int at = c + j * VECTOR;
                        if (at < columns) {
                            put(fma(keep[r + i], get(row, at, columns), sum[i][j]), row, at, columns);
                        }
                    }
                }
            }
        }
    }
}
