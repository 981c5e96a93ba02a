package dev.kneepoint.strategy;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Finds what stands against a layout, and the nearest legal value. */
final class LayoutResolver {
    static final int MAX_DEVICES = 1 << 20;

    private LayoutResolver() {}

    static Feasibility resolve(TrainingWorkload w, ParallelismStrategy s, int devices) {
        Optional<Feasibility.Infeasible> problem = degrees(w, s, devices);
        if (problem.isPresent()) {
            return problem.get();
        }
        int dp = devices / (s.tensor() * s.pipeline() * s.context());
        problem = batch(w, s, dp).or(() -> sharding(w, s, dp));
        if (problem.isPresent()) {
            return problem.get();
        }
        int mb = s.microBatch().orElse(1);
        int m = w.globalBatch() / (dp * mb);
        problem = pipeline(s, m);
        if (problem.isPresent()) {
            return problem.get();
        }
        return new Feasibility.Feasible(new Layout(
                s.toBuilder().microBatch(mb).build(),
                devices,
                dp,
                shardRanks(s, dp),
                mb,
                m,
                split(w.model().layers(), s),
                s.recompute().orElse(w.recompute())));
    }

    static List<Integer> microBatchChoices(TrainingWorkload w, ParallelismStrategy s, int devices) {
        long model = (long) s.tensor() * s.pipeline() * s.context();
        if (devices < 1 || devices > MAX_DEVICES || devices % model != 0) {
            return ImmutableList.of();
        }
        int dp = (int) (devices / model);
        if (w.globalBatch() % dp != 0) {
            return ImmutableList.of();
        }
        int share = w.globalBatch() / dp;
        ImmutableList.Builder<Integer> out = ImmutableList.builder();
        for (int mb = 1; mb <= share; mb++) {
            if (share % mb == 0) {
                out.add(mb);
            }
        }
        return out.build();
    }

    private static int shardRanks(ParallelismStrategy s, int dp) {
        return switch (s.data()) {
            case DDP -> 1;
            case HSDP -> s.shardGroup();
            case ZERO1, ZERO2, FSDP -> dp * s.context();
        };
    }

    private static Optional<Feasibility.Infeasible> degrees(TrainingWorkload w, ParallelismStrategy s, int devices) {
        TransformerModel m = w.model();
        if (devices < 1 || devices > MAX_DEVICES) {
            return no("the number of devices must be between 1 and " + MAX_DEVICES + ", not " + devices, "");
        }
        if (m.heads() % s.tensor() != 0) {
            return no(
                    "tp=" + s.tensor() + " does not divide " + m.heads() + " heads",
                    nearest("tp", s.tensor(), m.heads(), t -> m.heads() % t == 0));
        }
        if (m.ffnHidden() % s.tensor() != 0) {
            return no(
                    "tp=" + s.tensor() + " does not divide the feed-forward width " + m.ffnHidden(),
                    nearest("tp", s.tensor(), m.heads(), t -> m.heads() % t == 0 && m.ffnHidden() % t == 0));
        }
        Optional<Feasibility.Infeasible> widths = m.mixture().flatMap(x -> expertWidths(m, x, s));
        if (widths.isPresent()) {
            return widths;
        }
        if ((long) s.pipeline() * s.virtualStages() > m.layers()) {
            return no(
                    "pp=" + s.pipeline() + (s.virtualStages() > 1 ? " times vpp=" + s.virtualStages() : "")
                            + " makes more stages than the " + m.layers() + " layers",
                    "at most " + m.layers() + " stages");
        }
        if (w.sequenceLength() % s.context() != 0) {
            return no(
                    "cp=" + s.context() + " does not divide the sequence length " + w.sequenceLength(),
                    nearest("cp", s.context(), w.sequenceLength(), c -> w.sequenceLength() % c == 0));
        }
        long model = (long) s.tensor() * s.pipeline() * s.context();
        if (devices % model != 0) {
            long down = devices / model * model;
            return no(
                    "tp*pp*cp = " + model + " does not divide " + devices + " devices",
                    "nearest: " + (down > 0 ? down + " or " : "") + (down + model) + " devices");
        }
        return splitProblem(m, s);
    }

    private static Optional<Feasibility.Infeasible> expertWidths(
            TransformerModel m, MixtureOfExperts x, ParallelismStrategy s) {
        int tp = s.tensor();
        IntPredicate shared = t -> m.heads() % t == 0 && m.ffnHidden() % t == 0 && x.sharedFfnHidden() % t == 0;
        if (x.sharedFfnHidden() % tp != 0) {
            return no(
                    "tp=" + tp + " does not divide the shared experts' width " + x.sharedFfnHidden(),
                    nearest("tp", tp, m.heads(), shared));
        }
        boolean whole = s.expert() > 1 && s.foldedExperts();
        if (!whole && x.expertFfnHidden() % tp != 0) {
            return no(
                    "tp=" + tp + " does not divide the expert width " + x.expertFfnHidden(),
                    nearest("tp", tp, m.heads(), shared.and(t -> x.expertFfnHidden() % t == 0))
                            + (s.expert() > 1 ? ", or folded=on" : ", or ep above 1"));
        }
        return Optional.empty();
    }

    private static Optional<Feasibility.Infeasible> splitProblem(TransformerModel m, ParallelismStrategy s) {
        long named = s.split().stream().mapToLong(Integer::longValue).sum();
        if (!s.split().isEmpty() && named != m.layers()) {
            return no(
                    "split " + Joiner.on('-').join(s.split()) + " adds up to " + named + " layers",
                    "the model has " + m.layers());
        }
        return Optional.empty();
    }

    private static Optional<Feasibility.Infeasible> batch(TrainingWorkload w, ParallelismStrategy s, int dp) {
        if (w.globalBatch() % dp != 0) {
            int down = w.globalBatch() / dp * dp;
            return no(
                    "the global batch of " + w.globalBatch() + " sequences does not divide over " + dp
                            + " data-parallel ranks",
                    "nearest: " + (down > 0 ? down + " or " : "") + (down + dp)
                            + " sequences, or more of tp, pp or cp");
        }
        int share = w.globalBatch() / dp;
        int mb = s.microBatch().orElse(1);
        if (share % mb != 0) {
            return no(
                    "mb=" + mb + " does not divide the " + share + " sequences of a data-parallel rank",
                    nearest("mb", mb, share, x -> share % x == 0));
        }
        return Optional.empty();
    }

    private static Optional<Feasibility.Infeasible> sharding(TrainingWorkload w, ParallelismStrategy s, int dp) {
        int ranks = dp * s.context();
        if (s.data() == DataKind.HSDP && ranks % s.shardGroup() != 0) {
            return no(
                    "hsdp=" + s.shardGroup() + " does not divide " + ranks + " data-parallel ranks",
                    nearest("hsdp", s.shardGroup(), ranks, g -> ranks % g == 0));
        }
        if (s.expert() == 1) {
            return Optional.empty();
        }
        if (!w.model().isMixture()) {
            return no(
                    "ep=" + s.expert() + " needs a mixture of experts; "
                            + w.model().name() + " is dense",
                    "ep=1");
        }
        MixtureOfExperts x = w.model().mixture().orElseThrow();
        int pool = s.foldedExperts() ? ranks * s.tensor() : ranks;
        if (x.experts() % s.expert() != 0 || pool % s.expert() != 0) {
            return no(
                    "ep=" + s.expert() + " does not divide both " + x.experts() + " experts and the " + pool
                            + (s.foldedExperts() ? " ranks of a stage" : " data and context ranks"),
                    nearest("ep", s.expert(), pool, e -> x.experts() % e == 0 && pool % e == 0));
        }
        return Optional.empty();
    }

    private static Optional<Feasibility.Infeasible> pipeline(ParallelismStrategy s, int m) {
        if (s.schedule() == PipelineScheduleKind.INTERLEAVED && m % s.pipeline() != 0) {
            int down = m / s.pipeline() * s.pipeline();
            return no(
                    "the interleaved schedule needs micro-batches in multiples of pp=" + s.pipeline() + ", not " + m,
                    "nearest: " + (down > 0 ? down + " or " : "") + (down + s.pipeline())
                            + " micro-batches (a smaller mb or a larger batch), or vpp=1");
        }
        return Optional.empty();
    }

    private static List<Integer> split(int layers, ParallelismStrategy s) {
        return s.split().isEmpty() ? even(layers, s.pipeline() * s.virtualStages()) : s.split();
    }

    /** As even as can be; where layers do not divide, the middle chunks carry more, since the ends hold the tables. */
    static List<Integer> even(int layers, int chunks) {
        return split(layers, chunks, (chunks - layers % chunks) / 2);
    }

    /** Layers per chunk, with what does not divide on the chunks from {@code first} on. */
    static List<Integer> split(int layers, int chunks, int first) {
        int each = layers / chunks;
        int rest = layers % chunks;
        ImmutableList.Builder<Integer> out = ImmutableList.builderWithExpectedSize(chunks);
        for (int c = 0; c < chunks; c++) {
            out.add(each + (c >= first && c < first + rest ? 1 : 0));
        }
        return out.build();
    }

    private static String nearest(String key, int wanted, int limit, IntPredicate legal) {
        List<String> found = new ArrayList<>();
        for (int v = Math.min(wanted - 1, limit); v >= 1 && found.isEmpty(); v--) {
            if (legal.test(v)) {
                found.add(key + "=" + v);
            }
        }
        for (int v = wanted + 1; v <= limit; v++) {
            if (legal.test(v)) {
                found.add(key + "=" + v);
                break;
            }
        }
        return found.isEmpty() ? "" : "nearest: " + String.join(" or ", found);
    }

    private static Optional<Feasibility.Infeasible> no(String reason, String nearest) {
        return Optional.of(new Feasibility.Infeasible(reason, nearest));
    }
}
