package dev.kneepoint.samples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.ScalingMetrics;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {
    @Test
    void itLearnsAndGetsTheUniformMetrics() {
        TrainingLoop.Outcome o = TrainingLoop.run(600);
        assertThat(o.lastLoss()).isLessThan(0.6 * o.firstLoss());
        ScalingMetrics m = o.metrics();
        assertThat(m.step().samples()).isEqualTo(590);
        assertThat(m.step().warmup()).isEqualTo(10);
        assertThat(m.tokensPerSecond() * m.stepTime().value()).isCloseTo(64, within(1e-6));
        assertThat(m.provenance()).isEqualTo(Provenance.MEASURED);
        assertThat(m.meanParts().total()).isCloseTo(m.stepTime().value(), within(1e-9));
    }
}
