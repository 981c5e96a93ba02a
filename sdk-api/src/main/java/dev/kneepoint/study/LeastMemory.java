package dev.kneepoint.study;

import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategyRegion;
import dev.kneepoint.strategy.StrategySpace;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the layout of a space that needs the least memory. */
final class LeastMemory {
    private static final Comparator<StrategyRegion.Shape> SMALLEST_FIRST = Comparator.comparingInt(
                    StrategyRegion.Shape::microBatch)
            .thenComparing(StrategyRegion.Shape::recompute, Comparator.reverseOrder());

    private LeastMemory() {}

    /**
     * A layout and what it needs.
     *
     * @param layout the layout
     * @param bytes memory of its fullest device
     */
    record Least(Layout layout, double bytes) {}

    /** The smallest layout, the first of equals; empty if nothing is legal. */
    static Optional<Least> of(Scenario scenario, int devices, String fixed) {
        MemoryEstimate memory = new MemoryEstimate();
        Least least = null;
        for (StrategyRegion region :
                StrategySpace.of(scenario.workload(), devices, fixed).regions()) {
            for (StrategyRegion.Shape shape : smallest(region)) {
                least = smallest(least, scenario, memory, region, shape);
            }
        }
        return Optional.ofNullable(least);
    }

    /**
     * More sequences at once and fewer recomputed activations never take less memory. Of given micro-batches a larger one
     * may be the first that allows interleaving, so the smallest of those that do is another candidate.
     */
    private static List<StrategyRegion.Shape> smallest(StrategyRegion region) {
        int stages = region.degrees().pipeline();
        return Stream.of(
                        region.shapes().stream().min(SMALLEST_FIRST),
                        region.shapes().stream()
                                .filter(s -> s.microBatches() % stages == 0)
                                .min(SMALLEST_FIRST))
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    private static @Nullable Least smallest(
            @Nullable Least before,
            Scenario scenario,
            MemoryEstimate memory,
            StrategyRegion region,
            StrategyRegion.Shape shape) {
        Least least = before;
        for (StrategyRegion.Chunking chunking : region.chunkings(shape)) {
            for (StrategyRegion.Sharing sharing : region.sharings()) {
                Layout layout = region.layout(shape, chunking, sharing);
                double bytes = memory.compute(scenario.workload(), scenario.stack(), layout);
                if (least == null || bytes < least.bytes()) {
                    least = new Least(layout, bytes);
                }
            }
        }
        return least;
    }
}
