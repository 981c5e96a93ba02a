package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.SearchObstacle.Change;
import dev.kneepoint.study.SearchObstacle.Limit;
import dev.kneepoint.study.SearchObstacle.Remedy;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchObstacleTest {
    private static Scenario llama(int sequenceLength, int batch) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), sequenceLength, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
    }

    private static SearchObstacle of(Scenario scenario, int devices, String fixed, Bytes limit) {
        return SearchObstacle.of(search(scenario, devices, fixed, limit)).orElseThrow();
    }

    private static SearchResult search(Scenario scenario, int devices, String fixed, Bytes limit) {
        return StrategySearch.of(scenario, devices)
                .fix(fixed)
                .maxMemory(limit)
                .top(1)
                .run();
    }

    private static Remedy remedy(SearchObstacle obstacle, Change change) {
        return obstacle.remedies().stream()
                .filter(r -> r.change() == change)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void memory_tooLittleForAll_namesTheNearestAndByHowMuch() {
        Bytes limit = Bytes.gb(10);
        SearchResult result = search(llama(4096, 16), 8, "cp=1,pp=1", limit);

        SearchObstacle why = SearchObstacle.of(result).orElseThrow();

        FoundLayout smallest = result.smallest().orElseThrow();
        assertThat(why.limit()).isEqualTo(Limit.MEMORY);
        assertThat(why.nearest().orElseThrow().memoryBytes()).isEqualTo(smallest.memoryBytes());
        assertThat(why.excessBytes(result)).isEqualTo(smallest.memoryBytes() - limit.value());
        assertThat((double) why.memory().orElseThrow().total().value())
                .isBetween(smallest.memoryBytes() - 6, smallest.memoryBytes() + 6);
        assertThat(Double.parseDouble(remedy(why, Change.MEMORY).to())).isGreaterThanOrEqualTo(smallest.memoryBytes());
    }

    @Test
    void memory_whatIsShown_isEnough() {
        String fixed = "fsdp,tp=8,recompute=full";
        Scenario scenario = llama(4096, 8);

        String text =
                remedy(of(scenario, 8, fixed, Bytes.gb(10)), Change.MEMORY).text();

        Bytes shown = Bytes.gb(Double.parseDouble(text.replaceFirst("a device with ([0-9.]+) GB.*", "$1")));
        assertThat(search(scenario, 8, fixed, shown).best()).as(text).isNotEmpty();
    }

    @Test
    void sequenceLength_shorterHelps_isTheLongestTried() {
        Bytes limit = Bytes.gb(25);
        Scenario scenario = llama(65_536, 16);
        String fixed = "fsdp,tp=1,pp=1,cp=1,recompute=full|selective";

        SearchObstacle why = of(scenario, 8, fixed, limit);

        int tokens = Integer.parseInt(remedy(why, Change.SEQUENCE_LENGTH).to());
        assertThat(search(llama(tokens, 16), 8, fixed, limit).best()).isNotEmpty();
        assertThat(search(llama(2 * tokens, 16), 8, fixed, limit).best()).isEmpty();
    }

    @Test
    void devices_moreHelp_areTheFewestTried() {
        Bytes limit = Bytes.gb(14);
        Scenario scenario = llama(4096, 240);
        String fixed = "fsdp,tp=1,pp=1,cp=1";

        int devices = Integer.parseInt(
                remedy(of(scenario, 8, fixed, limit), Change.DEVICES).to());

        assertThat(devices % 8).isZero();
        assertThat(search(scenario, devices, fixed, limit).best()).isNotEmpty();
        assertThat(search(scenario, devices - 8, fixed, limit).best()).isEmpty();
    }

    @Test
    void precision_fewerBitsHelp_isNamed() {
        Scenario bf16 = llama(4096, 8);
        Scenario fp32 = bf16.withWorkload(bf16.workload().withPrecision(Precision.FP32));
        String fixed = "fsdp,tp=1,pp=1,cp=1,mb=1,recompute=none";
        double narrow = LeastMemory.of(bf16, 8, fixed).orElseThrow().bytes();
        double wide = LeastMemory.of(fp32, 8, fixed).orElseThrow().bytes();

        SearchObstacle why = of(fp32, 8, fixed, Bytes.of((narrow + wide) / 2));

        assertThat(remedy(why, Change.PRECISION).to()).isIn("bf16", "fp16");
    }

    @Test
    void batch_dividesOverNoDegree_isTheLimit() {
        SearchObstacle why = of(llama(4096, 12), 8, "tp=1,pp=1,cp=1", Bytes.gb(80));

        assertThat(why.limit()).isEqualTo(Limit.BATCH);
        assertThat(why.reason())
                .isEqualTo(
                        "the global batch of 12 sequences does not go with 8 devices with tp=1,pp=1,cp=1; legal are the"
                                + " multiples of 8");
        assertThat(remedy(why, Change.GLOBAL_BATCH).to()).isEqualTo("8");
        assertThat(remedy(why, Change.DEVICES).to()).isEqualTo("6");
        assertThat(remedy(why, Change.FIXED).to()).isEqualTo("pp=1,cp=1");
        assertThat(why.nearest()).isEmpty();
    }

    @Test
    void fixed_illegalDegree_isTheLimitAndTheNearestIsNamed() {
        SearchObstacle why = of(llama(4096, 16), 8, "tp=3,pp=1", Bytes.gb(80));

        assertThat(why.limit()).isEqualTo(Limit.FIXED);
        assertThat(why.reason()).contains("tp=3 does not divide 32 heads", "nearest: tp=2 or tp=4");
        assertThat(remedy(why, Change.FIXED).to()).isEqualTo("pp=1");
    }

    /** Legal as strategies, but searches have each layout once and do not vary splits at will. */
    @ParameterizedTest
    @ValueSource(strings = {"hsdp=8", "folded=off", "prefetch=post,ddp", "pp=2,split=10-22"})
    void fixed_whatNoSearchHas_saysWhatIsLeftOut(String fixed) {
        SearchObstacle why = of(llama(4096, 16), 8, fixed, Bytes.gb(80));

        assertThat(why.limit()).isEqualTo(Limit.FIXED);
        assertThat(why.reason())
                .isEqualTo("no layout of llama2-7b on 8 devices has " + fixed
                        + "; a search leaves out what is another layout by another name (hsdp over all ranks is fsdp), choices"
                        + " that mean nothing there (prefetch, folded), and splits but for even ones and those with the rest"
                        + " first or last");
    }

    @Test
    void of_somethingFound_isEmpty() {
        assertThat(SearchObstacle.of(search(llama(4096, 16), 8, "fsdp,pp=1,cp=1", Bytes.gb(80))))
                .isEmpty();
    }
}
