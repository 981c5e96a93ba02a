package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Searches of mixtures of experts and of long contexts on H100s, as many as such models are trained on. */
@Tag("long")
class SearchAtScaleTest {
    private static final double CLOSED_FORM = 0.02;

    @ParameterizedTest
    @CsvSource({
        "mixtral-8x22b,    256,  512, 4096",
        "qwen3-235b-a22b,  256,  512, 4096",
        "deepseek-v3,     1024, 4096, 4096"
    })
    void run_mixtureOfExperts_spreadsExpertsAndIsWhatTheSimulatorSays(
            String model, int devices, int batch, int length) {
        SearchResult found = search(model, devices, batch, length);

        assertThat(found.best())
                .allSatisfy(f -> assertThat(f.layout().strategy().expert()).isGreaterThan(1));
        assertSimulated(found);
    }

    @ParameterizedTest
    @CsvSource({"llama3-70b, 512, 128, 131072"})
    void run_longContext_dividesSequencesAndIsWhatTheSimulatorSays(String model, int devices, int batch, int length) {
        SearchResult found = search(model, devices, batch, length);

        assertThat(found.best()).allSatisfy(f -> {
            ParallelismStrategy s = f.layout().strategy();
            assertThat(s.context()).isGreaterThan(1);
            assertThat(s.tensor() * s.context()).isGreaterThanOrEqualTo(16);
        });
        assertSimulated(found);
    }

    private static SearchResult search(String model, int devices, int batch, int length) {
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get(model), length, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("megatron-core-2025"));
        SearchResult found = StrategySearch.of(scenario, devices).run();
        assertThat(found.complete()).isTrue();
        assertThat(found.best()).hasSize(10);
        assertThat(found.mfu(found.best().get(0))).isBetween(0.2, 0.7);
        return found;
    }

    private static void assertSimulated(SearchResult found) {
        List<FoundLayout> layouts =
                Stream.concat(found.best().stream(), found.front().stream()).toList();
        try (Backend sim = BackendRegistry.discover(SearchAtScaleTest.class.getClassLoader())
                .open("sim", Map.of())) {
            for (FoundLayout f : layouts) {
                StepPlan plan = PlanCompiler.compile(found.scenario(), f.layout());
                double simulated =
                        sim.execute(ExecutionRequest.of(plan)).timeline().step().value();
                assertThat(f.seconds() / simulated)
                        .as("%s", f.layout().strategy())
                        .isCloseTo(1, within(CLOSED_FORM));
                assertThat((double) plan.memory().total().value())
                        .isCloseTo(f.memoryBytes(), within(6.0))
                        .isLessThanOrEqualTo(found.limitBytes());
            }
        }
    }
}
