package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SearchExplanationTest {
    private static final Scenario LLAMA = Scenario.of(
            TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 512),
            ClusterCatalog.get("dgx-h100"),
            ProfileCatalog.stack("torch-fsdp"));

    private static SearchResult search(Bytes limit) {
        return StrategySearch.of(LLAMA, 512)
                .fix("fsdp,pp=1,cp=1,recompute=none,prefetch=pre")
                .maxMemory(limit)
                .top(20)
                .run();
    }

    @Test
    void of_winner_isFasterThanItsRivalsAndPartsAddUp() {
        SearchResult result = search(Bytes.gb(80));

        SearchExplanation why =
                SearchExplanation.of(result, HardwareChange.TWICE_AS_GOOD).orElseThrow();

        assertThat(why.winner().layout()).isEqualTo(result.best().get(0).layout());
        double step = why.winner().metrics().stepTime().value();
        assertThat(step).isCloseTo(result.best().get(0).seconds(), within(0.02 * step));
        assertThat(why.winner().metrics().meanParts().total()).isCloseTo(step, within(1e-6 * step));
        assertThat(SearchExplanation.family(why.runnerUp().orElseThrow().layout()))
                .isNotEqualTo(SearchExplanation.family(why.winner().layout()));
        assertThat(why.plain().orElseThrow().layout().strategy().tensor()).isEqualTo(1);
        assertThat(why.limiter()).isNotBlank();
        assertThat(why.gains()).hasSize(HardwareChange.Part.values().length);
    }

    @ParameterizedTest
    @EnumSource(
            value = HardwareChange.Part.class,
            names = {"PEAK", "INTER_NODE_BANDWIDTH", "LATENCY"})
    void gains_betterMachine_isNeverSlower(HardwareChange.Part part) {
        SearchExplanation why = SearchExplanation.of(search(Bytes.gb(80)), HardwareChange.TWICE_AS_GOOD)
                .orElseThrow();

        assertThat(why.gains())
                .filteredOn(g -> g.change().part() == part)
                .singleElement()
                .satisfies(g -> assertThat(g.speedup()).isBetween(1.0, 2.0));
    }

    @Test
    void gains_memoryAlone_changesNoTime() {
        SearchExplanation why = SearchExplanation.of(search(Bytes.gb(80)), List.of(HardwareChange.parse("memory=2x")))
                .orElseThrow();

        assertThat(why.gains())
                .singleElement()
                .satisfies(g -> assertThat(g.speedup()).isEqualTo(1));
    }

    @Test
    void of_limitAboveTheDevice_isExplainedToo() {
        assertThat(SearchExplanation.of(search(Bytes.gb(500)), List.of())).isPresent();
    }

    @Test
    void of_nothingFits_isEmpty() {
        assertThat(SearchExplanation.of(search(Bytes.gb(0.1)), List.of())).isEmpty();
    }

    @Test
    void parse_changes_andWhatIsWrong() {
        assertThat(HardwareChange.parse("latency=0.5x"))
                .isEqualTo(new HardwareChange(HardwareChange.Part.LATENCY, 0.5))
                .hasToString("latency x0.5");
        assertThat(HardwareChange.parse("peak=2")).hasToString("peak x2");
        assertThatThrownBy(() -> HardwareChange.parse("wires=2x"))
                .hasMessageContaining("unknown change 'wires=2x'")
                .hasMessageContaining("inter_node_bandwidth");
        assertThatThrownBy(() -> HardwareChange.parse("peak=fast")).hasMessageContaining("for example peak=2x");
        assertThatThrownBy(() -> HardwareChange.parse("peak=0")).hasMessageContaining("positive");
        assertThatThrownBy(() -> HardwareChange.parse("peak=1e300x"))
                .hasMessage("factor of peak must be between 1e-6 and 1e6, not 1.0E300");
    }

    @Test
    void apply_severalChanges_areInTheNameOfTheMachine() {
        Scenario machine = HardwareChange.parse("latency=0.5")
                .apply(HardwareChange.parse("peak=2x")
                        .apply(search(Bytes.gb(80)).scenario()));

        assertThat(machine.cluster().name()).isEqualTo("dgx-h100 with peak x2, latency x0.5");
    }
}
