package dev.kneepoint.samples.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.samples.scheduler.KneeAdmission.Answer;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KneeAdmissionTest {
    private static final Scenario JOB = Scenario.of(
            new TrainingWorkload(
                    ModelCatalog.get("llama2-7b"), 4096, 32, Precision.BF16, Recompute.NONE, Optimizer.ADAMW),
            ClusterCatalog.get("dgx-h100"),
            ProfileCatalog.stack("torch-fsdp"));
    private static final ParallelismStrategy FSDP = ParallelismStrategy.parse("fsdp");

    @Test
    void grantsTheKneeAndNoMore() {
        ParallelismStrategy tensor = ParallelismStrategy.parse("fsdp,tp=8");
        Answer answer = new KneeAdmission(Duration.ofSeconds(30)).decide(JOB, tensor, 256, CancellationToken.none());
        assertThat(answer).isInstanceOfSatisfying(Answer.Grant.class, g -> {
            assertThat(g.devices()).as("the README's knee").isEqualTo(128);
            assertThat(g.reason()).contains("the step to 256 returns");
        });
    }

    @Test
    void grantsAllThatIsAskedForIfAllOfItPays() {
        Scenario larger = JOB.withWorkload(JOB.workload().withGlobalBatch(48));
        Answer answer = new KneeAdmission(Duration.ofSeconds(30)).decide(larger, FSDP, 24, CancellationToken.none());
        assertThat(answer)
                .isInstanceOfSatisfying(
                        Answer.Grant.class, g -> assertThat(g.devices()).isEqualTo(24));
    }

    @Test
    void refusesANumberThatHasNoKnee() {
        KneeAdmission admission = new KneeAdmission(Duration.ofSeconds(30));
        assertThatThrownBy(() -> admission.decide(JOB, FSDP, 1, CancellationToken.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("devices asked for must be between 2 and");
    }

    @Test
    void aJobThatFitsNowhereGetsNoOpinion() {
        Scenario huge = JOB.withWorkload(new TrainingWorkload(
                ModelCatalog.get("llama3-405b"), 4096, 32, Precision.BF16, Recompute.NONE, Optimizer.ADAMW));
        assertThat(new KneeAdmission(Duration.ofSeconds(30)).decide(huge, FSDP, 16, CancellationToken.none()))
                .isInstanceOf(Answer.NoOpinion.class);
    }

    @Test
    void answersWhenTheDeadlineHasPassed() {
        assertThat(new KneeAdmission(Duration.ofNanos(1)).decide(JOB, FSDP, 32, CancellationToken.none()))
                .isInstanceOfSatisfying(
                        Answer.NoOpinion.class, n -> assertThat(n.reason()).contains("deadline"));
    }

    @Test
    void answersWhenTheJobIsWithdrawn() {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        assertThat(new KneeAdmission(Duration.ofSeconds(30)).decide(JOB, FSDP, 32, token))
                .isInstanceOfSatisfying(
                        Answer.NoOpinion.class, n -> assertThat(n.reason()).contains("cancelled"));
    }
}
