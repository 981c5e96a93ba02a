package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.calibration.ProfileUncertainty;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.SearchRobustness.Judged;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchRobustnessTest {
    private static final Scenario LLAMA = Scenario.of(
            TrainingWorkload.bf16(ModelCatalog.get("llama3-8b"), 4096, 64),
            ClusterCatalog.get("dgx-h100"),
            ProfileCatalog.stack("megatron-core-2024"));

    private static SearchResult search(SearchObjective objective) {
        return search(objective, 2);
    }

    private static SearchResult search(SearchObjective objective, int threads) {
        return StrategySearch.of(LLAMA, 64)
                .objective(objective)
                .threads(threads)
                .fix("pp=1,cp=1,recompute=none,prefetch=pre")
                .top(SearchRobustness.KEPT)
                .run();
    }

    @Test
    void of_gradientsHardToHide_choosesWhatLosesLessWhereTheyAreNot() {
        SearchRobustness found = SearchRobustness.of(search(SearchObjective.THROUGHPUT), ProfileUncertainty.shipped())
                .orElseThrow();

        assertThat(found.choice()).isNotEqualTo(found.nominal());
        assertThat(found.choice().expectedRegret()).isLessThan(found.nominal().expectedRegret());
        assertThat(found.choice().found().seconds())
                .isBetween(
                        found.nominal().found().seconds(),
                        found.nominal().found().seconds() * (1 + SearchRobustness.WITHIN));
        assertThat(found.nominal().found())
                .isEqualTo(search(SearchObjective.THROUGHPUT).best().get(0));
    }

    @Test
    void of_anyDraws_isWhatEvaluatingEachLayoutOnEachMachineGives() {
        SearchResult result = search(SearchObjective.COST);
        ProfileUncertainty uncertainty = ProfileUncertainty.shipped();

        SearchRobustness found = SearchRobustness.of(result, uncertainty, 7, 40).orElseThrow();

        List<StepCost> machines = new ArrayList<>();
        for (long seed = 40; seed < 47; seed++) {
            machines.add(new StepCost(uncertainty.resample(LLAMA, seed)));
        }
        double[] shortest = machines.stream()
                .mapToDouble(m -> found.layouts().stream()
                        .mapToDouble(j -> m.seconds(j.found().layout()))
                        .min()
                        .orElseThrow())
                .toArray();
        for (Judged j : found.layouts()) {
            double sum = 0;
            double worst = 0;
            for (int d = 0; d < shortest.length; d++) {
                double regret = machines.get(d).seconds(j.found().layout()) / shortest[d] - 1;
                sum += regret;
                worst = Math.max(worst, regret);
            }
            assertThat(j.expectedRegret()).isCloseTo(sum / shortest.length, within(1e-9));
            assertThat(j.worstRegret()).isCloseTo(worst, within(1e-9));
        }
        assertThat(found.layouts())
                .hasSizeBetween(2, SearchRobustness.MOST)
                .isSortedAccordingTo((a, b) -> Double.compare(a.expectedRegret(), b.expectedRegret()));
        assertThat(SearchRobustness.of(result, uncertainty, 7, 40)).contains(found);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void of_anyThreads_usesSoManyAndIsTheSame(int threads) {
        SearchResult alone = search(SearchObjective.THROUGHPUT, 1);
        SearchResult result = search(SearchObjective.THROUGHPUT, threads);
        AtomicInteger started = new AtomicInteger();
        InheritableThreadLocal<String> mark = new InheritableThreadLocal<>() {
            @Override
            protected String childValue(String ofTheCaller) {
                started.incrementAndGet();
                return ofTheCaller;
            }
        };
        mark.set("inherited by every thread that the call starts");

        Optional<SearchRobustness> found = SearchRobustness.of(result, ProfileUncertainty.shipped());

        mark.remove();
        assertThat(started).hasValue(threads);
        assertThat(found).isEqualTo(SearchRobustness.of(alone, ProfileUncertainty.shipped()));
    }

    @Test
    void of_exactProfiles_choosesTheBest() {
        SearchResult result = search(SearchObjective.THROUGHPUT);

        SearchRobustness found =
                SearchRobustness.of(result, ProfileUncertainty.none()).orElseThrow();

        assertThat(found.choice()).isEqualTo(found.nominal());
        assertThat(found.choice().found()).isEqualTo(result.best().get(0));
        assertThat(found.choice().worstRegret()).isZero();
    }

    @Test
    void of_bestOfEveryFamily_isCompared() {
        SearchResult result = search(SearchObjective.THROUGHPUT);
        double longest = result.best().get(0).seconds() * (1 + SearchRobustness.WITHIN);

        SearchRobustness found =
                SearchRobustness.of(result, ProfileUncertainty.shipped(), 2, 1).orElseThrow();

        assertThat(found.layouts().stream()
                        .map(j -> SearchExplanation.family(j.found().layout()))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(result.best().stream()
                        .filter(f -> f.seconds() <= longest)
                        .map(f -> SearchExplanation.family(f.layout()))
                        .distinct()
                        .toList());
    }

    @Test
    void of_searchForMemoryOrWithoutResult_isEmpty() {
        assertThat(SearchRobustness.of(search(SearchObjective.MEMORY), ProfileUncertainty.shipped()))
                .isEmpty();
        assertThat(SearchRobustness.of(
                        StrategySearch.of(LLAMA, 64)
                                .fix("ddp,tp=1,pp=1,cp=1,recompute=none")
                                .run(),
                        ProfileUncertainty.shipped()))
                .isEmpty();
    }
}
