package dev.kneepoint.strategy;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.strategy.StrategyRegion.Chunking;
import dev.kneepoint.strategy.StrategyRegion.Shape;
import dev.kneepoint.strategy.StrategyRegion.Sharing;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;

/** Lists the choices that are left once the degrees of a region are set. */
final class SpaceParts {
    private SpaceParts() {}

    static List<Shape> shapes(TrainingWorkload w, ParallelismStrategy base, int devices, int dp, FixedParts fixed) {
        ImmutableList.Builder<Shape> out = ImmutableList.builder();
        for (int mb : Layout.microBatchChoices(w, base, devices)) {
            for (Recompute r : Recompute.values()) {
                if (fixed.allows("mb", mb) && fixed.allows("recompute", r.label())) {
                    out.add(new Shape(mb, w.globalBatch() / (dp * mb), r));
                }
            }
        }
        return out.build();
    }

    static List<Chunking> chunkings(int layers, int stages, FixedParts fixed) {
        ImmutableList.Builder<Chunking> out = ImmutableList.builder();
        for (int v = 1; v <= (stages == 1 ? 1 : layers / stages); v++) {
            for (List<Integer> split : splits(layers, stages * v)) {
                List<Integer> chunkLayers = split.isEmpty() ? LayoutResolver.even(layers, stages * v) : split;
                for (PipelineScheduleKind schedule : PipelineScheduleKind.values()) {
                    if (fits(schedule, stages, v)
                            && fixed.allows("vpp", v)
                            && fixed.allows("sched", schedule.label())
                            && fixed.allowsSplit(split.isEmpty(), chunkLayers)) {
                        out.add(new Chunking(v, schedule, split, chunkLayers));
                    }
                }
            }
        }
        return out.build();
    }

    private static boolean fits(PipelineScheduleKind schedule, int stages, int v) {
        boolean interleaved = schedule == PipelineScheduleKind.INTERLEAVED;
        return stages == 1 ? schedule == PipelineScheduleKind.ONE_F_ONE_B : interleaved == (v > 1);
    }

    /** Even (written as an empty list), and where layers do not divide, with the rest on the first or the last chunks. */
    static List<List<Integer>> splits(int layers, int chunks) {
        List<List<Integer>> out = new ArrayList<>();
        out.add(ImmutableList.of());
        int rest = layers % chunks;
        if (rest > 0) {
            List<Integer> even = LayoutResolver.even(layers, chunks);
            for (int first : new int[] {0, chunks - rest}) {
                List<Integer> split = LayoutResolver.split(layers, chunks, first);
                if (!split.equals(even) && !out.contains(split)) {
                    out.add(split);
                }
            }
        }
        return out;
    }

    static List<Sharing> sharings(ParallelismStrategy base, int ranks, FixedParts fixed) {
        ImmutableList.Builder<Sharing> out = ImmutableList.builder();
        for (DataKind kind : DataKind.values()) {
            switch (kind) {
                case DDP -> add(out, base, kind, 0, 1, fixed);
                case ZERO1, ZERO2, FSDP -> add(out, base, kind, 0, ranks, fixed);
                case HSDP -> {
                    for (int group : StrategySpace.divisors(ranks)) {
                        if (group > 1 && group < ranks) {
                            add(out, base, kind, group, group, fixed);
                        }
                    }
                }
            }
        }
        return out.build();
    }

    /** When weights are gathered is a choice only where every pass gathers them. */
    private static void add(
            ImmutableList.Builder<Sharing> out,
            ParallelismStrategy base,
            DataKind kind,
            int group,
            int shardRanks,
            FixedParts fixed) {
        boolean gathers = kind.shardsWeights() && base.pipeline() == 1 && shardRanks > 1;
        for (Prefetch prefetch : Prefetch.values()) {
            if ((gathers || prefetch == Prefetch.PRE)
                    && fixed.allowsData(kind, group)
                    && fixed.allows("prefetch", prefetch.label())) {
                out.add(new Sharing(kind, group, prefetch, shardRanks));
            }
        }
    }
}
