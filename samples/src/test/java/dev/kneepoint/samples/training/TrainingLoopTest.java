package dev.kneepoint.samples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.ScalingMetrics;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {
    private static final int BATCH = 256;
    /** The noise alone has an entropy of 0.73 nats; one batch may have less of it. */
    private static final double LEAST_LOSS = 0.5;

    private static final double BLIND_GUESS = Math.log(64);

    @Test
    void lossFallsFromABlindGuessTowardsWhatTheNoiseAllows() {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        TrainingLoop.Outcome o = TrainingLoop.run(150, 3, new PrintStream(log, true, StandardCharsets.UTF_8));
        assertThat(o.firstLoss()).isGreaterThan(BLIND_GUESS);
        assertThat(o.lastLoss()).isBetween(LEAST_LOSS, BLIND_GUESS / 2);
        assertThat(log.toString(StandardCharsets.UTF_8).lines())
                .hasSize(3)
                .allMatch(l -> l.matches("step \\d+: loss \\d.\\d{3}"));
    }

    @Test
    void metricsAreThoseOfTheStepsAfterTheWarmup() {
        ScalingMetrics m = run(40, 5).metrics();
        assertThat(m.provenance()).isEqualTo(Provenance.MEASURED);
        assertThat(m.step().samples()).isEqualTo(30);
        assertThat(m.step().warmup()).isEqualTo(10);
        assertThat(m.tokensPerSecond() * m.stepTime().value()).isCloseTo(BATCH, within(1e-6));
        double step = m.stepTime().value();
        assertThat(m.meanParts().total()).isCloseTo(step, within(1e-9 * step));
        assertThat(m.meanParts().compute()).isBetween(0.5 * step, step);
        assertThat(m.meanParts().exposedCommunication()).isZero();
        assertThat(m.utilization().orElseThrow().mfu()).isBetween(1e-4, 1.0);
        assertThat(m.usdPerMillionTokens()).isEmpty();
        assertThat(m.flags()).isEmpty();
    }

    @Test
    void theDescribedWorkIsThatOfTheMatricesWithinOnePercent() {
        ScalingMetrics m = run(11, 1).metrics();
        double weights = 2.0 * 64 * 256 + 64 * 64;
        double flops = 3 * 2 * weights * BATCH;
        double counted = m.utilization().orElseThrow().modelFlopsPerDevice().value()
                * m.stepTime().value();
        assertThat(counted).isBetween(flops, 1.01 * flops);
    }

    @Test
    void aSeedGivesTheSameRun() {
        assertThat(run(12, 9).lastLoss()).isEqualTo(run(12, 9).lastLoss());
    }

    @Test
    void tooFewStepsAreRefused() {
        assertThatThrownBy(() -> run(10, 1)).hasMessage("steps must be between 11 and 1000000, not 10");
    }

    private static TrainingLoop.Outcome run(int steps, long seed) {
        return TrainingLoop.run(steps, seed, new PrintStream(OutputStream.nullOutputStream()));
    }
}
