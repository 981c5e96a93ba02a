// Ops on rows: a work-group takes whole rows.
#define EACH_ROW(r, rows) for (int r = get_group_id(0); r < (rows); r += get_num_groups(0))
#define EACH_COLUMN(i, width) for (int i = LANE * VECTOR; i < (width); i += LANES * VECTOR)

__kernel GROUP void norm(In x, In weight, Out out, int rows, int width) {
    SHARED;
    EACH_ROW(r, rows) {
        __global const float *row = x + (long) r * width;
        VF squares = 0.0f;
        EACH_COLUMN(i, width) {
            VF v = get(row, i, width);
            squares += v * v;
        }
        float inverse = 1.0f / sqrt(ROW_SUM(squares) / width + 1e-5f);
        EACH_COLUMN(i, width) {
            put(get(weight, i, width) * (get(row, i, width) * inverse), out + (long) r * width, i, width);
        }
    }
}

// Writes exp(x - max) and returns the sum of it. Macro and no function, for it uses the group's local memory.
#define EXPONENTIALS(row, result, width, sum)                                  \
    VF most_ = -INFINITY;                                                      \
    EACH_COLUMN(i, width) {                                                    \
        most_ = fmax(most_, get_or(row, i, width, -INFINITY));                 \
    }                                                                          \
    float peak_ = ROW_LARGEST(most_);                                          \
    VF sum_ = 0.0f;                                                            \
    EACH_COLUMN(i, width) {                                                    \
        VF e = exp(get_or(row, i, width, -INFINITY) - peak_);                  \
        put(e, result, i, width);                                              \
        sum_ += e;                                                             \
    }                                                                          \
    float sum = ROW_SUM(sum_)

__kernel GROUP void softmax(In x, Out out, int rows, int width) {
    SHARED;
    EACH_ROW(r, rows) {
        __global const float *row = x + (long) r * width;
        __global float *result = out + (long) r * width;
        EXPONENTIALS(row, result, width, sum);
        EACH_COLUMN(i, width) {
            put(get(result, i, width) / sum, result, i, width);
        }
    }
}

// The lane that wrote the target's column corrects it.
__kernel GROUP void loss_gradient(In logits, __global const int *targets, Out out, int rows, int width) {
    SHARED;
    EACH_ROW(r, rows) {
        __global const float *row = logits + (long) r * width;
        __global float *result = out + (long) r * width;
        EXPONENTIALS(row, result, width, sum);
        EACH_COLUMN(i, width) {
            put(get(result, i, width) / sum / rows, result, i, width);
        }
        int target = targets[r];
        if (target / VECTOR % LANES == LANE) {
            result[target] -= 1.0f / rows;
        }
    }
}

__kernel GROUP void gather_rows(In table, __global const int *indices, Out out, int rows, int width) {
    EACH_ROW(r, rows) {
        __global const float *row = table + (long) indices[r] * width;
        EACH_COLUMN(i, width) {
            put(get(row, i, width), out + (long) r * width, i, width);
        }
    }
}

// Neighbours are a pair, turned by position times the pair's frequency. Sines and cosines are what takes time, and single
// precision is too coarse for large angles, so the host has made tables: of NEAR positions, and of every NEARth.
#define NEAR 256

__kernel GROUP void rotary(In x, In near_turns, In far_turns, Out out, int rows, int length, int head) {
    EACH_ROW(r, rows) {
        __global const float *row = x + (long) r * head;
        int position = r % length;
        __global const float *near_row = near_turns + (long) (position & (NEAR - 1)) * head;
        __global const float *far_row = far_turns + (long) (position / NEAR) * head;
        EACH_COLUMN(i, head) {
            VF v = get(row, i, head);
            VF a = get(near_row, i, head);
            VF b = get(far_row, i, head);
            VP cosine = a.even * b.even - a.odd * b.odd;
            VP sine = a.odd * b.even + a.even * b.odd;
            VP even = v.even * cosine - v.odd * sine;
            VP odd = v.even * sine + v.odd * cosine;
            put(INTERLEAVE(even, odd), out + (long) r * head, i, head);
        }
    }
}
