package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Studies on a backend that the caller has opened. */
class ScalingStudyTest {
    private static final Kneepoint KNEEPOINT = Kneepoint.create();

    /** The simulator in a run that another process leads, who decides that time is up before a point. */
    private static final class Led implements Backend {
        private final Backend real;
        private final int upBefore;
        private final List<Boolean> own = new ArrayList<>();
        private int executions;
        private boolean closed;

        Led(Backend real, int upBefore) {
            this.real = real;
            this.upBefore = upBefore;
        }

        @Override
        public boolean leads() {
            return false;
        }

        @Override
        public boolean decide(boolean mine) {
            own.add(mine);
            return own.size() > upBefore;
        }

        @Override
        public Capabilities capabilities() {
            return real.capabilities();
        }

        @Override
        public ExecutionResult execute(ExecutionRequest request) {
            executions++;
            return real.execute(request);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static ScalingStudyBuilder study() {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 1);
        return KNEEPOINT
                .study(Scenario.of(workload, ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp")))
                .weak(1)
                .devices(List.of(8, 16, 32))
                .strategies("fsdp", "fsdp,tp=2");
    }

    @Test
    void aBackendThatWasOpen_givesTheSameStudyAndStaysOpen() {
        try (Backend sim = KNEEPOINT.backends().open("sim", Map.of())) {
            Led led = new Led(sim, Integer.MAX_VALUE);
            StudyResult result = study().build().run(led);
            assertThat(result).isEqualTo(study().run());
            assertThat(led.closed).isFalse();
            assertThat(led.executions).isEqualTo(6);
            assertThat(led.own)
                    .as("without a deadline there is nothing to decide")
                    .isEmpty();
        }
    }

    @Test
    void whetherTheDeadlineHasPassed_isDecidedByTheProcessThatLeads() {
        try (Backend sim = KNEEPOINT.backends().open("sim", Map.of())) {
            Led led = new Led(sim, 4);
            ScalingStudy study = study().deadline(Duration.ofHours(1)).build();
            assertThatThrownBy(() -> study.run(led))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage("the deadline of PT1H passed after 4 of 6 points");
            assertThat(led.own).containsOnly(false);
            assertThat(led.executions).isEqualTo(4);
        }
    }
}
