// Causal attention without the matrix of scores (FlashAttention, arXiv 2205.14135): a work-group takes a tile of queries
// (or, for the gradients of keys and values, of keys) and walks over the tiles that it meets. Long heads are taken in
// chunks, so that local memory limits no size.
#define SHAPE int heads, int kv_heads, int queries, int keys, int head, int window, int part, int parts

// A query's place in its sequence, -1 if there is no such query.
int position_of(int query, int queries, int keys, int part, int parts) {
    if (query >= queries) {
        return -1;
    }
    int half_ = queries / 2;
    return parts == 1 ? query : query < half_ ? part * half_ + query : keys - (part + 1) * half_ + query - half_;
}
#define POSITION(query) position_of(query, queries, keys, part, parts)
#define FIRST(position) (window == 0 ? 0 : max(0, (position) + 1 - window))

// Positions grow with the query, so the ends of a tile of queries bound the keys that it sees.
#define KEY_RANGE                                                              \
    int last_ = min(queries, q0 + QUERIES) - 1;                                \
    int first_key = FIRST(POSITION(q0)) / KEYS * KEYS;                         \
    int end_key = POSITION(last_) + 1;

#define EACH_TILE_ROW(r) for (int r = LANE; r < QUERIES; r += LANES)
#define EACH_SCORE(j) for (int j = 0; j < KEYS; j += VECTOR)

VI seen(int key, int position, int window) {
    VI k = key + (VI)(NUMBERS);
    return (k <= position) & (k >= FIRST(position));
}

void clear(__local float *scores) {
    EACH_TILE_ROW(r) {
        EACH_SCORE(j) {
            VSTORE((VF) 0.0f, scores + r * SCORE_STRIDE + j);
        }
    }
}

// scores += left * right^T over the whole head; all work-items of the group enter together.
void dot_products(
        __local float *scores, __local float *left, __local float *right, __global const float *rows, int row_count,
        __global const float *columns, int column_count, int head) {
    clear(scores);
    for (int e = 0; e < head; e += CHUNK) {
        load(left, QUERIES, rows + e, row_count, head - e, head);
        load_keys(right, columns + e, column_count, head - e, head);
        SYNC
        add_scores(scores, left, right, min(CHUNK, head - e));
        SYNC
    }
}

// to = keep * to + left * rows over the whole head.
void add_products(
        __global float *to, int to_count, __local const float *left, int rise, int run, __local float *tile, int height,
        __global const float *rows, int row_count, int head, __local const float *keep) {
    for (int e = 0; e < head; e += CHUNK) {
        load(tile, height, rows + e, row_count, head - e, head);
        SYNC
        add_product(to + e, to_count, min(CHUNK, head - e), head, left, rise, run, tile, height, keep);
        SYNC
    }
}

void zero(__global float *to, int rows, int head) {
    for (int i = LANE * VECTOR; i < rows * head; i += LANES * VECTOR) {
        put(0.0f, to, i, rows * head);
    }
}

#define TILES                                       \
    __local float left[QUERIES * (CHUNK + 1)];      \
    __local float right[KEYS * CHUNK + CHUNK];      \
    __local float scores[QUERIES * SCORE_STRIDE];   \
    __local float keep[QUERIES]

// Where the arrays of a head begin. Work-groups are counted by tiles, heads and sequences.
#define SEQUENCE ((long) get_group_id(2))
#define QUERY_HEAD(h) (SEQUENCE * heads + (h))
#define KEY_HEAD(h) (SEQUENCE * kv_heads + (h))
#define MY_HEAD QUERY_HEAD(get_group_id(1))
#define MY_KEYS (KEY_HEAD(get_group_id(1) / (heads / kv_heads)) * keys * head)

__kernel GROUP void attention(In q, In k, In v, Out out, SHAPE, float factor) {
    TILES;
    __local float most[QUERIES];
    __local float sum[QUERIES];
    int q0 = get_group_id(0) * QUERIES;
    int count = min(QUERIES, queries - q0);
    long at = (MY_HEAD * queries + q0) * head;
    k += MY_KEYS;
    v += MY_KEYS;
    KEY_RANGE
    EACH_TILE_ROW(r) {
        most[r] = -FLT_MAX;
        sum[r] = 0.0f;
    }
    zero(out + at, count, head);
    for (int k0 = first_key; k0 < end_key; k0 += KEYS) {
        int key_count = min(KEYS, keys - k0);
        dot_products(scores, left, right, q + at, count, k + (long) k0 * head, key_count, head);
        EACH_TILE_ROW(r) {
            int position = POSITION(q0 + r);
            __local float *row = scores + r * SCORE_STRIDE;
            VF peaks = -FLT_MAX;
            EACH_SCORE(j) {
                VF s = select((VF) -INFINITY, VLOAD(row + j) * factor, seen(k0 + j, position, window));
                VSTORE(s, row + j);
                peaks = fmax(peaks, s);
            }
            float peak = fmax(most[r], largest_of(peaks));
            VF sums = 0.0f;
            EACH_SCORE(j) {
                VF e = exp(VLOAD(row + j) - peak);
                VSTORE(e, row + j);
                sums += e;
            }
            keep[r] = exp(most[r] - peak);
            sum[r] = sum[r] * keep[r] + sum_of(sums);
            most[r] = peak;
        }
        SYNC
        add_products(
                out + at, count, scores, SCORE_STRIDE, 1, right, KEYS, v + (long) k0 * head, key_count, head, keep);
    }
    for (int r = 0; r < count; r++) {
        __global float *row = out + at + (long) r * head;
        for (int i = LANE * VECTOR; i < head; i += LANES * VECTOR) {
            put(get(row, i, head) / sum[r], row, i, head);
        }
    }
}

// For every query the logarithm of the sum of its exponentials, and the mean of the gradients of its probabilities.
__kernel GROUP void attention_sums(In q, In k, In v, In out_gradient, Out sums, SHAPE, float factor) {
    TILES;
    __local float upstream[QUERIES * SCORE_STRIDE];
    __local float most[QUERIES];
    __local float sum[QUERIES];
    int q0 = get_group_id(0) * QUERIES;
    int count = min(QUERIES, queries - q0);
    long at = (MY_HEAD * queries + q0) * head;
    k += MY_KEYS;
    v += MY_KEYS;
    KEY_RANGE
    EACH_TILE_ROW(r) {
        most[r] = -FLT_MAX;
        sum[r] = 0.0f;
        keep[r] = 0.0f;
    }
    for (int k0 = first_key; k0 < end_key; k0 += KEYS) {
        int key_count = min(KEYS, keys - k0);
        dot_products(scores, left, right, q + at, count, k + (long) k0 * head, key_count, head);
        dot_products(upstream, left, right, out_gradient + at, count, v + (long) k0 * head, key_count, head);
        EACH_TILE_ROW(r) {
            int position = POSITION(q0 + r);
            __local float *row = scores + r * SCORE_STRIDE;
            VF peaks = -FLT_MAX;
            EACH_SCORE(j) {
                VF s = select((VF) -INFINITY, VLOAD(row + j) * factor, seen(k0 + j, position, window));
                VSTORE(s, row + j);
                peaks = fmax(peaks, s);
            }
            float peak = fmax(most[r], largest_of(peaks));
            VF exponentials = 0.0f;
            VF weighted = 0.0f;
            EACH_SCORE(j) {
                VF e = exp(VLOAD(row + j) - peak);
                exponentials += e;
                weighted += e * VLOAD(upstream + r * SCORE_STRIDE + j);
            }
            float shrink = exp(most[r] - peak);
            sum[r] = sum[r] * shrink + sum_of(exponentials);
            keep[r] = keep[r] * shrink + sum_of(weighted);
            most[r] = peak;
        }
        SYNC
    }
    EACH_TILE_ROW(r) {
        if (r < count) {
            __global float *pair = sums + 2 * (MY_HEAD * queries + q0 + r);
            pair[0] = most[r] + log(sum[r]);
            pair[1] = keep[r] / sum[r];
        }
    }
}

// Turns scores into probabilities, and the gradients of those into gradients of the scores.
void differentiate(
        __local float *scores, __local float *upstream, __global const float *sums, int count, int q0, int k0, SHAPE,
        float factor) {
    EACH_TILE_ROW(r) {
        int position = POSITION(q0 + r);
        float log_sum = r < count ? sums[2 * r] : 0.0f;
        float mean = r < count ? sums[2 * r + 1] : 0.0f;
        EACH_SCORE(j) {
            __local float *score = scores + r * SCORE_STRIDE + j;
            __local float *gradient = upstream + r * SCORE_STRIDE + j;
            VF s = select((VF) -INFINITY, VLOAD(score) * factor, seen(k0 + j, position, window));
            VF p = exp(s - log_sum);
            VSTORE(p, score);
            VSTORE(factor * p * (VLOAD(gradient) - mean), gradient);
        }
    }
}
#define SHAPE_ARGUMENTS heads, kv_heads, queries, keys, head, window, part, parts

__kernel GROUP void attention_queries(
        In q, In k, In v, In out_gradient, In sums, Out gradient, SHAPE, float factor) {
    TILES;
    __local float upstream[QUERIES * SCORE_STRIDE];
    int q0 = get_group_id(0) * QUERIES;
    int count = min(QUERIES, queries - q0);
    long at = (MY_HEAD * queries + q0) * head;
    k += MY_KEYS;
    v += MY_KEYS;
    KEY_RANGE
    EACH_TILE_ROW(r) {
        keep[r] = 1.0f;
    }
    zero(gradient + at, count, head);
    for (int k0 = first_key; k0 < end_key; k0 += KEYS) {
        int key_count = min(KEYS, keys - k0);
        dot_products(scores, left, right, q + at, count, k + (long) k0 * head, key_count, head);
        dot_products(upstream, left, right, out_gradient + at, count, v + (long) k0 * head, key_count, head);
        differentiate(
                scores, upstream, sums + 2 * (MY_HEAD * queries + q0), count, q0, k0, SHAPE_ARGUMENTS,
                factor);
        SYNC
        add_products(
                gradient + at, count, upstream, SCORE_STRIDE, 1, right, KEYS, k + (long) k0 * head, key_count, head,
                keep);
    }
}

// Work-groups are counted by heads of keys and values, each of which serves several heads of queries.
__kernel GROUP void attention_keys(
        In q, In k, In v, In out_gradient, In sums, Out key_gradient, Out value_gradient, SHAPE, float factor) {
    TILES;
    __local float upstream[QUERIES * SCORE_STRIDE];
    int k0 = get_group_id(0) * KEYS;
    int key_count = min(KEYS, keys - k0);
    int group = heads / kv_heads;
    long at = (KEY_HEAD(get_group_id(1)) * keys + k0) * head;
    EACH_TILE_ROW(r) {
        keep[r] = 1.0f;
    }
    zero(key_gradient + at, key_count, head);
    zero(value_gradient + at, key_count, head);
    for (int g = 0; g < group; g++) {
        long query_head = QUERY_HEAD(get_group_id(1) * group + g);
        for (int q0 = 0; q0 < queries; q0 += QUERIES) {
            KEY_RANGE
            if (k0 + KEYS <= first_key || k0 >= end_key) {
                continue;
            }
            int count = min(QUERIES, queries - q0);
            __global const float *query = q + (query_head * queries + q0) * head;
            __global const float *output = out_gradient + (query_head * queries + q0) * head;
            dot_products(scores, left, right, query, count, k + at, key_count, head);
            dot_products(upstream, left, right, output, count, v + at, key_count, head);
            differentiate(
                    scores, upstream, sums + 2 * (query_head * queries + q0), count, q0, k0, SHAPE_ARGUMENTS, factor);
            SYNC
            add_products(
                    value_gradient + at, key_count, scores, 1, SCORE_STRIDE, left, QUERIES, output, count, head, keep);
            add_products(
                    key_gradient + at, key_count, upstream, 1, SCORE_STRIDE, left, QUERIES, query, count, head, keep);
        }
    }
}
