package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.calibration.MeasuredPoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScalingPredictionTest {
    private static final ParallelismStrategy ONE = ParallelismStrategy.parse("fsdp,mb=1");

    private static Scenario scenario(int batch) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
    }

    private static MeasuredPoint measured(int devices, int batch, double seconds) {
        return switch (Layout.of(scenario(batch).workload(), ONE, devices)) {
            case Feasibility.Feasible f -> new MeasuredPoint("run", scenario(batch), f.layout(), 1, seconds);
            case Feasibility.Infeasible i -> throw new AssertionError(i);
        };
    }

    @Test
    void run_strong_findsTheKneeOfTheCurve() {
        ScalingPrediction p = Kneepoint.create()
                .predict(scenario(1))
                .strategy(ParallelismStrategy.parse("fsdp,tp=8"))
                .strong(32)
                .devices(List.of(256, 128, 64, 32, 16))
                .run();
        assertThat(p.points()).extracting(PredictedPoint::devices).containsExactly(16, 32, 64, 128, 256);
        assertThat(p.points()).extracting(PredictedPoint::globalBatch).containsOnly(32);
        assertThat(p.knee()).isInstanceOf(KneeResult.At.class);
        assertThat(p.sentence()).contains("not calibrated: scaling pays up to ");
    }

    @Test
    void run_measuredPoint_isShownAndMovesTheCurve() {
        ScalingPredictionBuilder b =
                ScalingPrediction.builder(scenario(1)).strategy(ONE).weak(1).devices(List.of(8, 64));
        double shipped = b.run().points().get(0).step().seconds();
        ScalingPrediction p = b.measured(List.of(measured(8, 8, 1.2 * shipped))).run();
        assertThat(p.points().get(0).measuredSeconds()).hasValue(1.2 * shipped);
        assertThat(p.points().get(0).step().seconds()).isCloseTo(1.2 * shipped, within(0.02 * shipped));
        assertThat(p.points().get(1).measuredSeconds()).isEmpty();
        assertThat(p.sentence()).contains("calibrated on 1 measured point: ");
    }

    @Test
    void run_openMicroBatch_isThatOfTheMeasuredRuns() {
        ScalingPrediction p = ScalingPrediction.builder(scenario(1))
                .weak(2)
                .devices(List.of(64))
                .measured(List.of(measured(8, 16, 1)))
                .run();
        assertThat(p.points().get(0).strategy()).isEqualTo("fsdp,mb=1");
    }

    @Test
    void run_sizeThatCannotRun_saysWhyAndLeavesTheRest() {
        ScalingPrediction p = ScalingPrediction.builder(scenario(1))
                .strategy(ONE)
                .strong(16)
                .devices(List.of(8, 16, 32))
                .run();
        assertThat(p.points()).hasSize(2);
        assertThat(p.refused()).singleElement().satisfies(r -> {
            assertThat(r.devices()).isEqualTo(32);
            assertThat(r.reason()).contains("32");
        });
    }

    @Test
    void run_wideInterval_containsTheNarrowOne() {
        ScalingPredictionBuilder b = ScalingPrediction.builder(scenario(1))
                .strategy(ONE)
                .devices(List.of(512))
                .measured(List.of(measured(8, 8, 0.5), measured(16, 16, 0.51)));
        PredictedPoint narrow = b.interval(0.5).run().points().get(0);
        PredictedPoint wide = b.interval(0.95).run().points().get(0);
        assertThat(wide.step().low()).isLessThan(narrow.step().low());
        assertThat(wide.step().high()).isGreaterThan(narrow.step().high());
        assertThat(wide.step().seconds()).isEqualTo(narrow.step().seconds());
    }

    @Test
    void builder_wrongValues_areRefused() {
        ScalingPredictionBuilder b = ScalingPrediction.builder(scenario(1));
        assertThatThrownBy(() -> b.devices(List.of())).hasMessage("a prediction needs at least one size");
        assertThatThrownBy(() -> b.interval(80))
                .hasMessage("an interval covers a share of runs between 0.01 and 0.99, not 80.0");
        assertThatThrownBy(() -> b.weak(0)).hasMessageStartingWith("local batch must be between 1 and");
    }

    @Test
    void run_cancelled_stops() {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        assertThatThrownBy(() -> ScalingPrediction.builder(scenario(1))
                        .cancellation(token)
                        .run())
                .isInstanceOf(ExecutionCancelledException.class);
    }
}
