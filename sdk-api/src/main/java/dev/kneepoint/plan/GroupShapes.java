package dev.kneepoint.plan;

import dev.kneepoint.strategy.Axis;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Sizes of the process groups and how they lie on scale-up domains. Groups are digits of the rank number in mixed
 * radix, fastest axis first; expert groups and shard groups take the fastest ranks of their pool. Reusable and
 * thread-confined.
 */
public final class GroupShapes {
    private static final int MAX_DIGITS = 8;
    private static final int TENSOR = 1 << Axis.TENSOR.ordinal();
    private static final int CONTEXT = 1 << Axis.CONTEXT.ordinal();
    private static final int DATA = 1 << Axis.DATA.ordinal();
    private static final int PIPELINE = 1 << Axis.PIPELINE.ordinal();
    private static final int KINDS = GroupKind.values().length;

    private final int[] size = new int[KINDS];
    private final int[] perDomain = new int[KINDS];
    private final int[] digits = new int[KINDS];
    private final int[][] digitSize = new int[KINDS][MAX_DIGITS];
    private final int[][] digitStride = new int[KINDS][MAX_DIGITS];
    private final int[] skips = new int[KINDS];
    private final int[] pools = new int[KINDS];
    private final int[][] pooledSize = new int[KINDS][MAX_DIGITS];
    private final int[][] pooledStride = new int[KINDS][MAX_DIGITS];
    private final boolean[] onDigits = new boolean[KINDS];
    private final int[] poolSize = new int[MAX_DIGITS];
    private final int[] poolStride = new int[MAX_DIGITS];
    private int pool;

    /** Shapes that must be set before use. */
    public GroupShapes() {}

    /**
     * Computes all groups of a layout.
     *
     * @param layout the layout
     * @param domain devices of a scale-up domain
     */
    public void set(Layout layout, int domain) {
        ParallelismStrategy s = layout.strategy();
        int data = layout.dataParallel() * s.context();
        gather(layout, TENSOR);
        take(GroupKind.TENSOR, 1, s.tensor());
        gather(layout, CONTEXT);
        take(GroupKind.CONTEXT, 1, s.context());
        gather(layout, CONTEXT | DATA);
        int shard = s.data() == DataKind.HSDP ? layout.shardRanks() : data;
        take(GroupKind.DATA, 1, shard);
        take(GroupKind.REPLICA, shard, data / shard);
        if (s.expert() > 1) {
            gather(layout, s.foldedExperts() ? TENSOR | CONTEXT | DATA : CONTEXT | DATA);
        }
        take(GroupKind.EXPERT, 1, s.expert());
        take(GroupKind.EXPERT_DATA, s.expert(), layout.expertDataRanks());
        gather(layout, PIPELINE);
        take(GroupKind.EMBEDDING, 1, s.pipeline());
        gather(layout, TENSOR | CONTEXT | DATA | PIPELINE);
        take(GroupKind.WORLD, 1, layout.devices());
        for (int k = 0; k < size.length; k++) {
            place(k, domain);
        }
        int e = GroupKind.EMBEDDING.ordinal();
        perDomain[e] = perDomain[e] == size[e] ? 2 : 1;
        size[e] = Math.min(2, size[e]);
        perDomain[e] = Math.min(perDomain[e], size[e]);
    }

    /**
     * Ranks of a group.
     *
     * @param kind the group
     * @return at least 1
     */
    public int size(GroupKind kind) {
        return size[kind.ordinal()];
    }

    /**
     * Ranks of a group that share a scale-up domain.
     *
     * @param kind the group
     * @return 1 to {@link #size}
     */
    public int perDomain(GroupKind kind) {
        return perDomain[kind.ordinal()];
    }

    /**
     * Scale-up domains that a group touches.
     *
     * @param kind the group
     * @return at least 1
     */
    public int domains(GroupKind kind) {
        int k = kind.ordinal();
        return (size[k] + perDomain[k] - 1) / perDomain[k];
    }

    /**
     * The ranks of a rank's group: the pool's ranks are numbered through, every skip-th of them belongs together, and
     * ranks outside the pool keep their other digits.
     *
     * @param kind the group
     * @param of the rank
     * @return ascending rank numbers
     */
    List<Integer> ranks(GroupKind kind, int of) {
        int k = kind.ordinal();
        int index = 0;
        int weight = 1;
        int outside = of;
        for (int d = 0; d < pools[k]; d++) {
            int digit = of / pooledStride[k][d] % pooledSize[k][d];
            index += digit * weight;
            outside -= digit * pooledStride[k][d];
            weight *= pooledSize[k][d];
        }
        int count = kind == GroupKind.EMBEDDING ? weight : size[k];
        int first = index % skips[k] + index / (skips[k] * count) * skips[k] * count;
        List<Integer> out = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (kind != GroupKind.EMBEDDING || i == 0 || i == count - 1) {
                out.add(outside + pooled(k, first + i * skips[k]));
            }
        }
        Collections.sort(out);
        return out;
    }

    private int pooled(int k, int index) {
        int rest = index;
        int rank = 0;
        for (int d = 0; d < pools[k]; d++) {
            rank += rest % pooledSize[k][d] * pooledStride[k][d];
            rest /= pooledSize[k][d];
        }
        return rank;
    }

    /**
     * The ranks of the group that holds rank 0.
     *
     * @param kind the group
     * @return ascending rank numbers
     */
    public int[] ranks(GroupKind kind) {
        int k = kind.ordinal();
        if (kind == GroupKind.EMBEDDING) {
            int last = digits[k] == 0 ? 0 : (digitSize[k][0] - 1) * digitStride[k][0];
            return last == 0 ? new int[] {0} : new int[] {0, last};
        }
        int[] out = new int[size[k]];
        for (int i = 0; i < out.length; i++) {
            out[i] = rank(k, i);
        }
        java.util.Arrays.sort(out);
        return out;
    }

    /** Member i of a group: the pool's ranks are numbered through, and every skip-th of them belongs to it. */
    private int rank(int k, int i) {
        return pooled(k, i * skips[k]);
    }

    /**
     * Distance in rank numbers between neighbouring pipeline stages.
     *
     * @param layout the layout
     * @return the stride of the pipeline digit
     */
    static int stride(Layout layout, Axis wanted) {
        int stride = 1;
        List<Axis> order = layout.strategy().order();
        for (int i = 0; i < order.size(); i++) {
            if (order.get(i) == wanted) {
                return stride;
            }
            stride *= degree(layout, order.get(i));
        }
        throw new AssertionError("every axis is in the order");
    }

    private static int degree(Layout layout, Axis axis) {
        ParallelismStrategy s = layout.strategy();
        return switch (axis) {
            case TENSOR -> s.tensor();
            case CONTEXT -> s.context();
            case DATA -> layout.dataParallel();
            case PIPELINE -> s.pipeline();
        };
    }

    /** Makes the pool of all digits whose axes are in a bit set. */
    private void gather(Layout layout, int axes) {
        pool = 0;
        List<Axis> order = layout.strategy().order();
        for (int i = 0; i < order.size(); i++) {
            Axis axis = order.get(i);
            if ((axes >> axis.ordinal() & 1) != 0 && degree(layout, axis) > 1) {
                poolSize[pool] = degree(layout, axis);
                poolStride[pool++] = stride(layout, axis);
            }
        }
    }

    /** Skips the fastest {@code skip} combinations of the pool's digits and takes the next {@code count}. */
    private void take(GroupKind kind, int skip, int count) {
        int k = kind.ordinal();
        int left = skip;
        int wanted = count;
        int found = 0;
        boolean aligned = true;
        for (int d = 0; d < pool && wanted > 1; d++) {
            int here = Math.min(poolSize[d], left);
            aligned &= poolSize[d] % here == 0 && left % here == 0;
            int step = poolStride[d] * here;
            int room = Math.max(1, poolSize[d] / here);
            left = Math.max(1, left / here);
            int taken = Math.min(room, wanted);
            if (taken > 1 && left == 1) {
                digitSize[k][found] = taken;
                digitStride[k][found++] = step;
                aligned &= wanted % taken == 0;
                wanted = (wanted + taken - 1) / taken;
            }
        }
        digits[k] = found;
        size[k] = count;
        onDigits[k] = aligned && wanted == 1;
        skips[k] = skip;
        pools[k] = pool;
        System.arraycopy(poolSize, 0, pooledSize[k], 0, pool);
        System.arraycopy(poolStride, 0, pooledStride[k], 0, pool);
    }

    private void place(int k, int domain) {
        int inside = onDigits[k] ? 1 : inDomain(k, domain);
        for (int d = 0; d < digits[k] && onDigits[k]; d++) {
            inside *= Math.min(digitSize[k][d], Math.max(1, domain / digitStride[k][d]));
        }
        perDomain[k] = Math.max(1, Math.min(inside, size[k]));
    }

    /** Members that share the domain of rank 0, counted: for groups that do not fall on whole digits. */
    private int inDomain(int k, int domain) {
        int inside = 0;
        for (int i = 0; i < size[k]; i++) {
            inside += rank(k, i) < domain ? 1 : 0;
        }
        return inside;
    }
}
