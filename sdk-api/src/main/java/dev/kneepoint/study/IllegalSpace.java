package dev.kneepoint.study;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.strategy.StrategyRegion;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.study.SearchObstacle.Change;
import dev.kneepoint.study.SearchObstacle.Limit;
import dev.kneepoint.study.SearchObstacle.Remedy;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Says why no layout is legal, and what would be. */
final class IllegalSpace {
    /** How far from a number of devices another one is looked for. */
    private static final int FARTHEST = 64;

    private static final String MICRO_BATCH = "mb=";
    private static final String LEFT_OUT =
            "; a search leaves out what is another layout by another name (hsdp over all ranks is fsdp), choices that mean"
                    + " nothing there (prefetch, folded), and splits but for even ones and those with the rest first or"
                    + " last";

    private IllegalSpace() {}

    static SearchObstacle explain(SearchResult r) {
        List<Integer> steps = batchSteps(r);
        return new SearchObstacle(
                steps.isEmpty() ? Limit.FIXED : Limit.BATCH,
                steps.isEmpty() ? fixed(r) : batch(r, steps),
                Optional.empty(),
                Optional.empty(),
                Stream.of(devices(r), otherBatch(r, steps), lessFixed(r))
                        .flatMap(Optional::stream)
                        .toList());
    }

    /**
     * The batches of which every legal batch is a multiple, ascending, none a multiple of another; empty if no batch is
     * legal. They are read off the space of one sequence a device without a given micro-batch: each data-parallel degree
     * divides that, and the stages divide what is left.
     */
    private static List<Integer> batchSteps(SearchResult r) {
        TrainingWorkload w = r.scenario().workload().withGlobalBatch(r.devices());
        List<Integer> microBatches = microBatches(r.fixed());
        List<Integer> steps = StrategySpace.of(w, r.devices(), withoutMicroBatch(r.fixed())).regions().stream()
                .filter(region -> region.size() > 0)
                .map(region -> microBatchesAStep(region, r.devices()))
                .distinct()
                .flatMap(count -> microBatches.stream().map(mb -> (long) count * mb))
                .filter(step -> step <= TrainingWorkload.MAX_GLOBAL_BATCH)
                .map(Math::toIntExact)
                .distinct()
                .sorted()
                .toList();
        return steps.stream()
                .filter(s -> steps.stream().noneMatch(t -> t < s && s % t == 0))
                .toList();
    }

    /** Micro-batches of all data-parallel ranks in the shortest legal step. */
    private static int microBatchesAStep(StrategyRegion region, int devices) {
        ParallelismStrategy degrees = region.degrees();
        int stages = degrees.pipeline();
        int dataParallel = devices / (degrees.tensor() * stages * degrees.context());
        boolean onlyInterleaved = region.chunkings(region.shapes().getFirst()).stream()
                .allMatch(c -> c.schedule() == PipelineScheduleKind.INTERLEAVED);
        return dataParallel * (onlyInterleaved ? stages : 1);
    }

    private static List<Integer> microBatches(String fixed) {
        return Remedies.parts(fixed).stream()
                .filter(IllegalSpace::isMicroBatch)
                .findFirst()
                .map(part -> Splitter.on('|')
                        .splitToStream(part.substring(MICRO_BATCH.length()))
                        .map(Integer::valueOf)
                        .toList())
                .orElse(List.of(1));
    }

    private static String withoutMicroBatch(String fixed) {
        return Remedies.parts(fixed).stream()
                .filter(part -> !isMicroBatch(part))
                .collect(Collectors.joining(","));
    }

    private static boolean isMicroBatch(String part) {
        return part.toLowerCase(Locale.ROOT).startsWith(MICRO_BATCH);
    }

    private static String batch(SearchResult r, List<Integer> steps) {
        return String.format(
                Locale.ROOT,
                "the global batch of %,d sequences does not go with %,d devices%s; legal are the multiples of %s",
                r.scenario().workload().globalBatch(),
                r.devices(),
                r.fixed().isBlank() ? "" : " with " + r.fixed(),
                Joiner.on(", ").join(steps));
    }

    /** The batch is one that every number of data-parallel ranks divides, so that it is none of the reasons. */
    private static String fixed(SearchResult r) {
        TrainingWorkload w = r.scenario().workload();
        String start = "no layout of " + w.model().name() + " on " + r.devices() + " devices has " + r.fixed();
        try {
            ParallelismStrategy strategy = ParallelismStrategy.parse(withoutMicroBatch(r.fixed()));
            return Layout.of(w.withGlobalBatch(r.devices()), strategy, r.devices()) instanceof Feasibility.Infeasible i
                    ? start + ": " + i.message()
                    : start + LEFT_OUT;
        } catch (IllegalArgumentException severalValuesOrContradiction) {
            return start + ": these parts go together with no division of the devices";
        }
    }

    private static Optional<Remedy> devices(SearchResult r) {
        int most = r.scenario().cluster().maxDevices();
        return IntStream.rangeClosed(1, FARTHEST)
                .boxed()
                .flatMap(d -> Stream.of(r.devices() - d, r.devices() + d))
                .filter(n -> n >= 1 && n <= most)
                .flatMap(n -> legal(r.scenario(), n, r.fixed())
                        .map(f -> new Remedy(Change.DEVICES, Integer.toString(n), Remedies.devices(n), f))
                        .stream())
                .findFirst();
    }

    /** The nearest legal batch; the smaller one of two. */
    private static Optional<Remedy> otherBatch(SearchResult r, List<Integer> steps) {
        TrainingWorkload w = r.scenario().workload();
        return steps.stream()
                .flatMap(step -> IntStream.of(0, step)
                        .map(up -> w.globalBatch() / step * step + up)
                        .boxed())
                .filter(b -> b > 0 && b <= TrainingWorkload.MAX_GLOBAL_BATCH)
                .min(Comparator.<Integer>comparingInt(b -> Math.abs(b - w.globalBatch()))
                        .thenComparing(Comparator.naturalOrder()))
                .flatMap(b -> legal(r.scenario().withWorkload(w.withGlobalBatch(b)), r.devices(), r.fixed())
                        .map(f -> new Remedy(
                                Change.GLOBAL_BATCH,
                                Integer.toString(b),
                                String.format(Locale.ROOT, "a global batch of %,d sequences", b),
                                f)));
    }

    private static Optional<Remedy> lessFixed(SearchResult r) {
        return Remedies.partsWithoutOne(r.fixed())
                .flatMap(kept ->
                        legal(r.scenario(), r.devices(), kept)
                                .map(f -> Remedies.lessFixed(r.fixed(), kept, f))
                                .stream())
                .findFirst();
    }

    private static Optional<FoundLayout> legal(Scenario scenario, int devices, String fixed) {
        return LeastMemory.of(scenario, devices, fixed).map(l -> Remedies.found(scenario, l));
    }
}
