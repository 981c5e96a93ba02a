package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.units.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches that ask for energy, against simulating every layout. */
class ParetoFrontTest {
    private static final int TOP = 9;

    private Backend sim;

    @BeforeEach
    void open() {
        sim = BackendRegistry.discover(ParetoFrontTest.class.getClassLoader()).open("sim", Map.of());
    }

    @AfterEach
    void close() {
        sim.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void energy_smallSpace_isWhatSimulatingEveryLayoutFinds(long seed) {
        Random random = new Random(seed);
        Scenario scenario = seed % 3 == 0 ? probed(SmallScenarios.of(random)) : SmallScenarios.of(random);
        int devices = 4 << random.nextInt(2);
        List<FoundLayout> all = everyLayout(scenario, devices);
        Bytes limit = limit(all);
        List<FoundLayout> fitting = all.stream()
                .filter(f -> f.memoryBytes() <= limit.value())
                .sorted(SearchObjective.ENERGY.order())
                .toList();

        for (boolean prune : new boolean[] {true, false}) {
            SearchResult found = StrategySearch.of(scenario, devices)
                    .objective(SearchObjective.ENERGY)
                    .maxMemory(limit)
                    .prune(prune)
                    .threads(1 + random.nextInt(3))
                    .top(TOP)
                    .run();

            assertThat(found.complete()).isTrue();
            assertThat(found.pruned() > 0).isEqualTo(prune);
            assertSame(found.best(), fitting.subList(0, Math.min(TOP, fitting.size())));
            assertThat(found.front()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void of_severalSizes_isWhatComparingEveryLayoutFinds(long seed) {
        Random random = new Random(seed);
        Scenario scenario = SmallScenarios.of(random);
        SearchObjective objective = SearchObjective.values()[random.nextInt(SearchObjective.values().length)];
        Bytes limit = limit(everyLayout(scenario, 2));
        List<ParetoFront.Member> all = new ArrayList<>();
        List<ParetoFront> fronts = new ArrayList<>();
        for (int threads : new int[] {1, 3}) {
            List<SearchResult> searches = new ArrayList<>();
            for (int devices : new int[] {2, 4}) {
                searches.add(StrategySearch.of(scenario, devices)
                        .objective(objective)
                        .maxMemory(limit)
                        .pareto(true)
                        .prune(threads > 1)
                        .threads(threads)
                        .run());
            }
            fronts.add(ParetoFront.of(searches));
            if (all.isEmpty()) {
                searches.forEach(s -> everyLayout(scenario, s.devices()).stream()
                        .filter(f -> f.memoryBytes() <= limit.value())
                        .forEach(f -> all.add(new ParetoFront.Member(s, f))));
            }
        }

        List<ParetoFront.Member> expected = all.stream()
                .filter(m -> all.stream().noneMatch(o -> dominates(o, m)))
                .toList();
        for (ParetoFront front : fronts) {
            assertThat(front.members())
                    .isNotEmpty()
                    .allSatisfy(m -> assertThat(expected)
                            .anySatisfy(e -> assertThat(isEqual(e, m)).isTrue()));
            assertThat(expected)
                    .allSatisfy(e -> assertThat(front.members())
                            .anySatisfy(m -> assertThat(isEqual(e, m)).isTrue()));
        }
        assertThat(layouts(fronts.get(0))).isEqualTo(layouts(fronts.get(1)));
    }

    @Test
    void pareto_notAskedFor_isEmptyAndCostsNoEnergy() {
        SearchResult found =
                StrategySearch.of(SmallScenarios.of(new Random(1)), 4).run();

        assertThat(found.pareto()).isEmpty();
        assertThat(found.best().get(0).joulesPerToken()).isEmpty();
        assertThat(ParetoFront.of(List.of(found)).members()).isEmpty();
    }

    private static List<Layout> layouts(ParetoFront front) {
        return front.members().stream().map(m -> m.found().layout()).toList();
    }

    /** The closed form sums in another order for single layouts. */
    private static boolean isEqual(ParetoFront.Member a, ParetoFront.Member b) {
        return a.search().devices() == b.search().devices()
                && close(a.tokensPerSecond(), b.tokensPerSecond())
                && a.memoryBytes() == b.memoryBytes()
                && a.joulesPerToken() == b.joulesPerToken();
    }

    private static boolean close(double a, double b) {
        return Math.abs(a - b) <= 1e-12 * Math.abs(a);
    }

    private static boolean dominates(ParetoFront.Member a, ParetoFront.Member b) {
        boolean asGood = a.tokensPerSecond() >= b.tokensPerSecond()
                && a.memoryBytes() <= b.memoryBytes()
                && a.usdPerMillionTokens() <= b.usdPerMillionTokens()
                && a.joulesPerToken() <= b.joulesPerToken();
        return asGood
                && (a.tokensPerSecond() > b.tokensPerSecond()
                        || a.memoryBytes() < b.memoryBytes()
                        || a.usdPerMillionTokens() < b.usdPerMillionTokens()
                        || a.joulesPerToken() < b.joulesPerToken());
    }

    /** Its kernels stand further apart, as far as the ranks are many. */
    private static Scenario probed(Scenario s) {
        ProbedTimes gaps = new ProbedTimes(
                20, 0.5, 0, Optional.empty(), Optional.empty(), Optional.empty(), new TreeMap<>(), new TreeMap<>());
        return new Scenario(
                s.workload(),
                s.cluster(),
                new HardwareProfile(
                        s.hardware().device().withProbed(gaps), s.hardware().network()),
                s.stack());
    }

    private static Bytes limit(List<FoundLayout> all) {
        return new Bytes((long) all.stream()
                .mapToDouble(FoundLayout::memoryBytes)
                .sorted()
                .skip(all.size() * 2L / 3)
                .findFirst()
                .orElseThrow());
    }

    private static void assertSame(List<FoundLayout> found, List<FoundLayout> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            FoundLayout e = expected.get(i);
            assertThat(found.get(i).layout()).as("place %d", i).isEqualTo(e.layout());
            assertThat(found.get(i).joulesPerToken()).isEqualTo(e.joulesPerToken());
            assertThat(found.get(i).seconds()).isCloseTo(e.seconds(), within(1e-12 * e.seconds()));
        }
    }

    private List<FoundLayout> everyLayout(Scenario scenario, int devices) {
        StepCost cost = new StepCost(scenario);
        List<FoundLayout> all = new ArrayList<>();
        StrategySpace.of(scenario.workload(), devices)
                .forEach(l ->
                        all.add(new FoundLayout(l, cost.seconds(l), cost.memoryBytes(l), joulesPerToken(scenario, l))));
        return all;
    }

    private OptionalDouble joulesPerToken(Scenario scenario, Layout layout) {
        StepPlan plan = PlanCompiler.compile(scenario, layout);
        ScalingMetrics metrics = Kneepoint.metrics(plan, sim.execute(ExecutionRequest.of(plan)));
        assertThat(metrics.meanParts().idle())
                .as("idle time, which the bound leaves out")
                .isZero();
        return OptionalDouble.of(metrics.energy().orElseThrow().joulesPerToken());
    }
}
