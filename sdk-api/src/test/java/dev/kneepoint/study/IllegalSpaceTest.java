package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.study.SearchObstacle.Change;
import dev.kneepoint.study.SearchObstacle.Limit;
import dev.kneepoint.study.SearchObstacle.Remedy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said of spaces without a layout, against trying every batch one by one. */
class IllegalSpaceTest {
    /** Data ranks times stages are at most 12 and micro-batches at most 7, so that the nearest legal batch is below. */
    private static final int BATCHES = 30 + 12 * 7;

    /** A question to which there is no answer. */
    record Case(long seed, Scenario scenario, int devices, String fixed) {
        static Case of(long seed) {
            Random random = new Random(seed);
            Scenario any = SmallScenarios.of(random);
            Scenario scenario = any.withWorkload(any.workload().withGlobalBatch(1 + random.nextInt(30)));
            return new Case(seed, scenario, one(random, 2, 4, 6, 8, 12), fixed(random));
        }

        private static String fixed(Random random) {
            return Stream.of(
                            one(random, "", "mb=4", "mb=5|7", "MB=6", "mb=2|3"),
                            one(random, "", "pp=1", "pp=2|3", "pp=4", "pp=5"),
                            one(random, "", "sched=interleaved", "vpp=2", "sched=gpipe|interleaved"),
                            one(random, "", "tp=1", "tp=3", "tp=1,cp=1"),
                            one(random, "", "hsdp=2", "ddp", "fsdp|hsdp=4"))
                    .filter(part -> !part.isEmpty())
                    .reduce((a, b) -> a + "," + b)
                    .orElse("");
        }

        @SafeVarargs
        private static <T> T one(Random random, T... of) {
            return of[random.nextInt(of.length)];
        }

        boolean isLegal(int batch) {
            TrainingWorkload workload = scenario.workload().withGlobalBatch(batch);
            return StrategySpace.of(workload, devices, fixed).size() > 0;
        }

        int batch() {
            return scenario.workload().globalBatch();
        }

        SearchObstacle obstacle() {
            return SearchObstacle.of(StrategySearch.of(scenario, devices)
                            .fix(fixed)
                            .threads(1)
                            .run())
                    .orElseThrow();
        }

        @Override
        public String toString() {
            return "seed " + seed + ": '" + fixed + "' on " + devices + ", batch " + batch();
        }
    }

    static Stream<Case> cases() {
        return LongStream.rangeClosed(1, 300).mapToObj(Case::of).filter(c -> !c.isLegal(c.batch()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void explain_anySmallSpace_isWhatTryingEveryBatchSays(Case asked) {
        boolean[] legal = new boolean[BATCHES + 1];
        IntStream.rangeClosed(1, BATCHES).forEach(b -> legal[b] = asked.isLegal(b));
        Optional<String> nearest = IntStream.rangeClosed(1, BATCHES)
                .flatMap(d -> IntStream.of(asked.batch() - d, asked.batch() + d))
                .filter(b -> b >= 1 && b <= BATCHES && legal[b])
                .mapToObj(Integer::toString)
                .findFirst();

        SearchObstacle why = asked.obstacle();

        assertThat(why.limit()).as(why.reason()).isEqualTo(nearest.isPresent() ? Limit.BATCH : Limit.FIXED);
        assertThat(otherBatch(why)).as(why.reason()).isEqualTo(nearest);
        if (nearest.isPresent()) {
            int[] told = batches(why.reason());
            assertThat(IntStream.rangeClosed(1, BATCHES)
                            .filter(b -> legal[b] != Arrays.stream(told).anyMatch(t -> b % t == 0)))
                    .as(why.reason())
                    .isEmpty();
        } else {
            assertThat(why.reason()).doesNotContain("batch");
        }
    }

    private static Optional<String> otherBatch(SearchObstacle why) {
        return why.remedies().stream()
                .filter(r -> r.change() == Change.GLOBAL_BATCH)
                .map(Remedy::to)
                .findFirst();
    }

    /** A reason that lies in the batch ends in the batches of which a legal one is a multiple. */
    private static int[] batches(String reason) {
        return Arrays.stream(reason.replaceFirst(".*multiples of ", "").split(", "))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "6; 8; mb=4; 4; 4",
                "100; 8; mb=16; 96; 16",
                "12; 8; pp=4,tp=1,cp=1,vpp=2; 8; 8",
                "10; 8; pp=2,tp=1,cp=1,mb=3,sched=interleaved; 24; 24"
            })
    void explain_batchThatDoesNotGoWithWhatIsFixed_namesTheNearest(
            int batch, int devices, String fixed, String nearest, String multiplesOf) {
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));

        SearchObstacle why = new Case(0, scenario, devices, fixed).obstacle();

        assertThat(why.limit()).isEqualTo(Limit.BATCH);
        assertThat(otherBatch(why)).contains(nearest);
        assertThat(why.reason())
                .isEqualTo("the global batch of " + batch + " sequences does not go with " + devices + " devices with "
                        + fixed + "; legal are the multiples of " + multiplesOf);
    }
}
