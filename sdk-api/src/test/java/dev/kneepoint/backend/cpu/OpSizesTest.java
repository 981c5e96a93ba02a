package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.OpSizes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpSizesTest {
    @ParameterizedTest
    @CsvSource({"100, 100", "65536, 65536", "1048576, 65536", "5000000, 65536"})
    void anUpdateWithoutGradientsOfWeights_stillGoesInLongParts(int parameters, int bucket) {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp", 1, 1);
        Op update = new Op.OptimizerStep("adamw", parameters, 28.0 * parameters, 1, List.of(), Optional.empty());
        RankProgram whole = plan.programs().get(0);
        Segment step = new Segment(SegmentKind.STEP, 0, List.of(new Block("update", 1, List.of(update))));
        RankProgram only = new RankProgram(0, 1, List.of(step), whole.order());
        assertThat(new OpSizes(plan, only).bucket()).isEqualTo(bucket);
    }
}
