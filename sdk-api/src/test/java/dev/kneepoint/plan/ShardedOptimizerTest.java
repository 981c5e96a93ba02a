package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stack's habits make of the traffic of ZeRO-1. */
class ShardedOptimizerTest {
    private static final Scenario BLOCKING = scenario("nanotron");

    private static Scenario scenario(String stack) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 256),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack(stack));
    }

    private static Layout layout(Scenario scenario, String strategy) {
        return switch (Layout.of(scenario.workload(), ParallelismStrategy.parse(strategy), 64)) {
            case Feasibility.Feasible f -> f.layout();
            case Feasibility.Infeasible i -> throw new AssertionError(i);
        };
    }

    private static List<Op.Collective> gradientOps(Scenario scenario, String strategy) {
        return PlanCompiler.compile(scenario, layout(scenario, strategy)).programs().get(0).segments().stream()
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream())
                .filter(Op.Collective.class::isInstance)
                .map(Op.Collective.class::cast)
                .filter(c -> c.stream() == StreamKind.GRADIENT)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"nanotron, zero1, BLOCKING", "nanotron, ddp, PREFETCHED", "megatron-core-2024, zero1, PREFETCHED"})
    void gradientReductions_blockWhereTheStackCannotHideScatters(String stack, String data, Overlap expected) {
        List<Op.Collective> reductions = gradientOps(scenario(stack), data + ",tp=8").stream()
                .filter(c -> c.name().startsWith("reduce"))
                .toList();

        assertThat(reductions).isNotEmpty().extracting(Op.Collective::overlap).containsOnly(expected);
    }

    @Test
    void updatesThatAreGatheredAfterTheStep_travelInOneCall() {
        assertThat(gradientOps(BLOCKING, "zero1,tp=8").stream()
                        .filter(c -> c.name().equals("share-updates"))
                        .toList())
                .singleElement()
                .satisfies(c -> assertThat(c.calls()).isEqualTo(1));
    }

    @Test
    void longerMicroBatches_hideTheReductionOfPlainDataParallelismAndNotTheScatter() {
        double shortGap = extraOfSharding(1);
        double longGap = extraOfSharding(4);

        assertThat(longGap).isGreaterThan(shortGap);
    }

    /** Seconds of a step that sharding the optimizer adds at a micro-batch. */
    private static double extraOfSharding(int microBatch) {
        StepCost cost = new StepCost(BLOCKING);
        String rest = ",tp=8,mb=" + microBatch;
        return cost.seconds(layout(BLOCKING, "zero1" + rest)) - cost.seconds(layout(BLOCKING, "ddp" + rest));
    }
}
