package dev.kneepoint.benchmark;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategyRegion;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * How long one thread takes to evaluate a layout of a search's space, time and memory: GPT-3 175B on 4,096 A100, global
 * batch 3,072. Neighbours share less than in a whole search, which goes through all chunkings of a shape.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SearchBenchmark {
    private static final int LAYOUTS = 5_000;
    private static final int NEIGHBOURS = 4;

    private final List<Layout> layouts = new ArrayList<>();
    private final Scenario scenario = Scenario.of(
            TrainingWorkload.bf16(ModelCatalog.get("gpt3-175b"), 2048, 3072),
            ClusterCatalog.get("dgx-a100-80gb"),
            ProfileCatalog.stack("megatron-2021"));
    private final SharedStepCost shared = new SharedStepCost(scenario);
    private final StepCost alone = new StepCost(scenario);

    /** Draws the layouts: shapes at random, a few neighbouring chunkings of each with all their data kinds. */
    @Setup
    public void draw() {
        Random random = new Random(1);
        List<StrategyRegion> regions =
                StrategySpace.of(scenario.workload(), 4096).regions();
        while (layouts.size() < LAYOUTS) {
            StrategyRegion region = regions.get(random.nextInt(regions.size()));
            StrategyRegion.Shape shape =
                    region.shapes().get(random.nextInt(region.shapes().size()));
            List<StrategyRegion.Chunking> chunkings = region.chunkings(shape);
            int from = random.nextInt(chunkings.size());
            for (int c = from; c < Math.min(from + NEIGHBOURS, chunkings.size()); c++) {
                for (StrategyRegion.Sharing sharing : region.sharings()) {
                    if (layouts.size() < LAYOUTS) {
                        layouts.add(region.layout(shape, chunkings.get(c), sharing));
                    }
                }
            }
        }
    }

    /**
     * As a search does it.
     *
     * @return the sum of times and memories
     */
    @Benchmark
    @OperationsPerInvocation(LAYOUTS)
    public double shared() {
        double sum = 0;
        for (Layout layout : layouts) {
            sum += shared.seconds(layout) + shared.memoryBytes(layout);
        }
        return sum;
    }

    /**
     * One by one, to compare.
     *
     * @return the sum of times and memories
     */
    @Benchmark
    @OperationsPerInvocation(LAYOUTS)
    public double alone() {
        double sum = 0;
        for (Layout layout : layouts) {
            sum += alone.seconds(layout) + alone.memoryBytes(layout);
        }
        return sum;
    }
}
