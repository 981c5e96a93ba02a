package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.sim.SimulatedSteps;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrategySearchTest {
    private static final int SAMPLED = 200;
    /** How far the closed form may be from the simulation, as in ClosedFormTest. */
    private static final double CLOSED_FORM = 0.02;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void run_smallSpace_findsWhatTryingEveryLayoutFinds(long seed) {
        Random random = new Random(seed);
        Scenario scenario = SmallScenarios.of(random);
        int devices = 8 << random.nextInt(2);
        SearchObjective objective = SearchObjective.values()[random.nextInt(3)];
        List<FoundLayout> all = everyLayout(scenario, devices);
        Bytes limit = new Bytes((long) all.stream()
                .mapToDouble(FoundLayout::memoryBytes)
                .sorted()
                .skip(all.size() / 3)
                .findFirst()
                .orElseThrow());
        List<FoundLayout> fitting = all.stream()
                .filter(f -> f.memoryBytes() <= limit.value())
                .sorted(objective.order())
                .toList();

        for (boolean prune : new boolean[] {true, false}) {
            SearchResult found = StrategySearch.of(scenario, devices)
                    .objective(objective)
                    .maxMemory(limit)
                    .prune(prune)
                    .threads(1 + random.nextInt(3))
                    .top(7)
                    .run();

            assertThat(found.complete()).isTrue();
            assertThat(found.space()).isEqualTo(all.size());
            assertThat(found.evaluated() + found.pruned()).isEqualTo(all.size());
            assertThat(prune ? 0 : found.pruned()).isZero();
            assertSame(found.best(), fitting.subList(0, Math.min(7, fitting.size())), seed);
            assertSame(found.front(), front(fitting), seed);
        }
    }

    private static void assertSame(List<FoundLayout> found, List<FoundLayout> expected, long seed) {
        assertThat(found).as("seed %d", seed).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i).layout())
                    .as("seed %d, %d", seed, i)
                    .isEqualTo(expected.get(i).layout());
            assertThat(found.get(i).seconds())
                    .isCloseTo(
                            expected.get(i).seconds(),
                            within(1e-12 * expected.get(i).seconds()));
            assertThat(found.get(i).memoryBytes()).isEqualTo(expected.get(i).memoryBytes());
        }
    }

    private static List<FoundLayout> everyLayout(Scenario scenario, int devices) {
        StepCost cost = new StepCost(scenario);
        List<FoundLayout> all = new ArrayList<>();
        StrategySpace.of(scenario.workload(), devices)
                .forEach(l -> all.add(new FoundLayout(l, cost.seconds(l), cost.memoryBytes(l))));
        return all;
    }

    private static List<FoundLayout> front(List<FoundLayout> fitting) {
        List<FoundLayout> out = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        double quickest = Double.POSITIVE_INFINITY;
        for (FoundLayout f :
                fitting.stream().sorted(SearchObjective.THROUGHPUT.order()).toList()) {
            quickest = Math.min(quickest, f.seconds());
            if (f.memoryBytes() < least && f.seconds() <= quickest * SearchResult.FRONT) {
                out.add(f);
                least = f.memoryBytes();
            }
        }
        return out;
    }

    @Test
    void run_anyNumberOfThreads_findsTheSame() {
        StrategySearchBuilder search = StrategySearch.of(llama(64), 64).fix("pp=1|2,cp=1,vpp=1");
        SearchResult one = search.threads(1).run();

        for (int threads : new int[] {2, 5}) {
            SearchResult several = search.threads(threads).run();
            assertThat(several.best()).isEqualTo(one.best());
            assertThat(several.front()).isEqualTo(one.front());
        }
    }

    @Test
    void run_consumer_hearsOfEveryLayoutThatFits() {
        Queue<FoundLayout> heard = new ConcurrentLinkedQueue<>();

        SearchResult found = StrategySearch.of(llama(64), 64)
                .fix("fsdp|hsdp,pp=1")
                .prune(false)
                .threads(2)
                .consumer(heard::add)
                .run();

        assertThat(heard).hasSize((int) (found.evaluated() - found.unfit())).containsAll(found.best());
        assertThat(found.evaluated()).isEqualTo(found.space());
    }

    @Test
    void run_budgetUsedUp_returnsTheBestSoFar() {
        SearchResult found =
                StrategySearch.of(llama(256), 256).budget(Duration.ZERO).run();

        assertThat(found.complete()).isFalse();
        assertThat(found.evaluated()).isLessThan(found.space());
    }

    @Test
    void run_cancelled_throws() {
        CancellationToken token = CancellationToken.create();
        token.cancel();

        assertThatThrownBy(() ->
                        StrategySearch.of(llama(256), 256).cancellation(token).run())
                .isInstanceOf(ExecutionCancelledException.class)
                .hasMessageContaining("searching 256 devices");
    }

    @Test
    void run_nothingFits_namesTheSmallest() {
        Bytes limit = Bytes.gib(1);

        SearchResult found = StrategySearch.of(llama(64), 8).maxMemory(limit).run();

        SharedStepCost cost = new SharedStepCost(llama(64));
        double[] least = {Double.POSITIVE_INFINITY};
        StrategySpace.of(llama(64).workload(), 8).forEach(l -> least[0] = Math.min(least[0], cost.memoryBytes(l)));
        assertThat(found.best()).isEmpty();
        assertThat(found.front()).isEmpty();
        assertThat(found.smallest().orElseThrow().memoryBytes())
                .isEqualTo(least[0])
                .isGreaterThan(limit.value());
    }

    @Test
    void run_progress_reachesTheEnd() {
        List<Integer> seen = new ArrayList<>();

        StrategySearch.of(llama(64), 16)
                .fix("pp=1")
                .progress((done, total, what) -> seen.add(done * 100 / total))
                .run();

        assertThat(seen)
                .isSorted()
                .doesNotHaveDuplicates()
                .last()
                .satisfies(s -> assertThat(s).isGreaterThan(90));
    }

    @ParameterizedTest
    @EnumSource(SearchObjective.class)
    void run_withinTwoPercent_isATie(SearchObjective objective) {
        SearchResult found = StrategySearch.of(llama(64), 16)
                .fix("pp=1,cp=1")
                .objective(objective)
                .top(50)
                .run();

        double best = value(found.best().get(0), objective);
        assertThat(found.ties())
                .isNotEmpty()
                .allSatisfy(f -> assertThat(value(f, objective)).isLessThanOrEqualTo(best * 1.02));
        assertThat(found.best().subList(found.ties().size(), found.best().size()))
                .allSatisfy(f -> assertThat(value(f, objective)).isGreaterThan(best * 1.02));
    }

    private static double value(FoundLayout f, SearchObjective objective) {
        return switch (objective) {
            case THROUGHPUT, COST -> f.seconds();
            case MEMORY -> f.memoryBytes();
            case ENERGY -> f.joulesPerToken().orElseThrow();
        };
    }

    @Test
    void run_layoutsOfTheSpace_areWhatTheSimulatorSays() {
        Random random = new Random(9);
        Scenario scenario = llama(32);
        List<FoundLayout> sampled = new ArrayList<>();
        int[] heard = new int[1];
        StrategySearch.of(scenario, 32)
                .fix("vpp=1|3|8")
                .prune(false)
                .threads(1)
                .consumer(f -> {
                    int place = heard[0] < SAMPLED ? heard[0] : random.nextInt(heard[0] + 1);
                    heard[0]++;
                    if (heard[0] <= SAMPLED) {
                        sampled.add(f);
                    } else if (place < SAMPLED) {
                        sampled.set(place, f);
                    }
                })
                .run();

        assertThat(sampled).hasSize(SAMPLED);
        for (FoundLayout f : sampled) {
            assertThat(f.seconds() / SimulatedSteps.seconds(scenario, f.layout()))
                    .as("%s", f.layout().strategy())
                    .isCloseTo(1, within(CLOSED_FORM));
        }
    }

    @Test
    void run_llama7bAtGrowingScale_modelParallelismOvertakesPureFsdp() {
        int[] tensor = new int[2];
        int[] sizes = {64, 2048};
        for (int i = 0; i < sizes.length; i++) {
            Scenario weak = llama(2 * sizes[i]);
            tensor[i] = StrategySearch.of(weak, sizes[i])
                    .fix("fsdp,pp=1,cp=1,prefetch=pre,recompute=none")
                    .run()
                    .best()
                    .get(0)
                    .layout()
                    .strategy()
                    .tensor();
        }

        assertThat(tensor[0]).isEqualTo(1);
        assertThat(tensor[1]).isBetween(2, 4);
    }

    private static Scenario llama(int batch) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
    }
}
