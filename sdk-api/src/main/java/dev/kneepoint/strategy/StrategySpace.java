package dev.kneepoint.strategy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.function.Consumer;

/**
 * Every distinct legal layout of a workload on a number of devices, as data: data kinds with every shard group, tensor
 * parallelism with and without sequence parallelism, pipelines with every schedule, interleaving and split, context and
 * expert parallelism, micro-batches, recomputation, and prefetching where there is something to prefetch. Which ranks
 * lie next to each other ({@link ParallelismStrategy#order()}) is not varied. Layouts that differ in name only are there
 * once: a shard group of all ranks is {@link DataKind#FSDP}, one of a single rank shards nothing, and folding experts
 * means something only beside tensor ranks. Immutable; layouts are counted and walked through without being stored.
 */
@Incubating
public final class StrategySpace {
    private final TrainingWorkload workload;
    private final int devices;
    private final List<StrategyRegion> regions;

    private StrategySpace(TrainingWorkload workload, int devices, FixedParts fixed) {
        this.workload = workload;
        this.devices = Checks.range("devices", devices, 1, LayoutResolver.MAX_DEVICES);
        this.regions = regions(workload, devices, fixed);
    }

    /**
     * The whole space.
     *
     * @param workload the workload; its recomputation policy is one of those tried
     * @param devices devices in all, 1 to 2^20
     * @return the space; empty if nothing is legal
     */
    public static StrategySpace of(TrainingWorkload workload, int devices) {
        return new StrategySpace(workload, devices, FixedParts.parse(""));
    }

    /**
     * The part of the space in which some choices are made.
     *
     * @param workload the workload
     * @param devices devices in all, 1 to 2^20
     * @param fixed parts of the short text form with one or several values, for example {@code fsdp|hsdp=8,tp=1|2}; blank
     *     for the whole space
     * @return the space; empty if nothing is legal
     * @throws IllegalArgumentException if {@code fixed} cannot be read
     */
    public static StrategySpace of(TrainingWorkload workload, int devices, String fixed) {
        return new StrategySpace(workload, devices, FixedParts.parse(fixed));
    }

    private static List<StrategyRegion> regions(TrainingWorkload w, int devices, FixedParts fixed) {
        ImmutableList.Builder<StrategyRegion> out = ImmutableList.builder();
        List<Integer> divisors = divisors(devices);
        List<Integer> expertDegrees = w.model()
                .mixture()
                .map(MixtureOfExperts::experts)
                .map(StrategySpace::divisors)
                .orElse(ImmutableList.of(1));
        for (int pp : divisors) {
            for (int tp : divisors) {
                for (int cp : divisors) {
                    if ((long) pp * tp * cp <= devices
                            && fixed.allows("pp", pp)
                            && fixed.allows("tp", tp)
                            && fixed.allows("cp", cp)) {
                        for (int ep : expertDegrees) {
                            add(out, w, devices, fixed, pp, tp, cp, ep);
                        }
                    }
                }
            }
        }
        return out.build();
    }

    private static void add(
            ImmutableList.Builder<StrategyRegion> out,
            TrainingWorkload w,
            int devices,
            FixedParts fixed,
            int pp,
            int tp,
            int cp,
            int ep) {
        for (boolean sp : new boolean[] {true, false}) {
            for (boolean folded : new boolean[] {true, false}) {
                boolean distinct = (tp > 1 || !sp) && (folded || (tp > 1 && ep > 1));
                if (distinct
                        && fixed.allows("ep", ep)
                        && fixed.allows("sp", sp ? "on" : "off")
                        && fixed.allows("folded", folded ? "on" : "off")) {
                    ParallelismStrategy base = ParallelismStrategy.builder()
                            .pipeline(pp)
                            .tensor(tp)
                            .sequenceParallel(sp)
                            .context(cp)
                            .expert(ep)
                            .foldedExperts(folded)
                            .build();
                    if (Layout.of(w, base, devices) instanceof Feasibility.Feasible) {
                        out.add(new StrategyRegion(w, base, devices, fixed));
                    }
                }
            }
        }
    }

    /** Divisors, ascending. */
    static List<Integer> divisors(int n) {
        ImmutableSortedSet.Builder<Integer> out = ImmutableSortedSet.naturalOrder();
        for (int d = 1; (long) d * d <= n; d++) {
            if (n % d == 0) {
                out.add(d).add(n / d);
            }
        }
        return out.build().asList();
    }

    /**
     * The workload.
     *
     * @return the workload
     */
    public TrainingWorkload workload() {
        return workload;
    }

    /**
     * Devices of every layout.
     *
     * @return devices in all
     */
    public int devices() {
        return devices;
    }

    /**
     * Its parts, of equal degrees each.
     *
     * @return in a fixed order
     */
    public List<StrategyRegion> regions() {
        return regions;
    }

    /**
     * How many layouts there are.
     *
     * @return at least 0
     */
    public long size() {
        return regions.stream().mapToLong(StrategyRegion::size).sum();
    }

    /**
     * Shows every layout once, in a fixed order.
     *
     * @param visitor sees them
     */
    public void forEach(Consumer<Layout> visitor) {
        for (StrategyRegion region : regions) {
            for (StrategyRegion.Shape shape : region.shapes()) {
                for (StrategyRegion.Chunking chunking : region.chunkings(shape)) {
                    for (StrategyRegion.Sharing sharing : region.sharings()) {
                        visitor.accept(region.layout(shape, chunking, sharing));
                    }
                }
            }
        }
    }
}
