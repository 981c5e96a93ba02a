package dev.kneepoint.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.testkit.ConformanceRun.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConformanceRunTest {
    @AfterEach
    void repair() {
        BrokenProvider.defect = Defect.NONE;
    }

    @Test
    void aSoundBackendPassesTheChecksThatItsTestWouldRun() {
        List<Outcome> heard = new ArrayList<>();
        List<Outcome> outcomes = ConformanceRun.of("sim", Map.of(), Map.of(), heard::add, CancellationToken.none());
        assertThat(outcomes)
                .isEqualTo(heard)
                .allSatisfy(o -> assertThat(o.problem()).isEmpty());
        Subject subject = new Subject("sim", Map.of(), Map.of());
        assertThat(outcomes.stream().map(Outcome::check))
                .containsExactlyElementsOf(Batteries.of(subject).values().stream()
                        .flatMap(b -> b.get().stream())
                        .map(Check::name)
                        .toList());
        assertThat(outcomes.stream().map(Outcome::battery).distinct())
                .isSubsetOf(Batteries.of(subject).keySet())
                .contains("lifecycle", "endurance");
        assertThat(outcomes).allSatisfy(o -> assertThat(o.seconds()).isBetween(0.0, 60.0));
    }

    @Test
    void aCheckThatFailsIsNamedAndDoesNotStopTheOthers() {
        BrokenProvider.defect = Defect.CHANGES_CAPABILITIES;
        List<Outcome> heard = new ArrayList<>();
        CancellationToken token = CancellationToken.create();
        int first = Batteries.of(new Subject("broken", Map.of(), Map.of()))
                .get("lifecycle")
                .get()
                .size();
        assertThatThrownBy(() -> ConformanceRun.of(
                        "broken",
                        Map.of(),
                        Map.of(),
                        o -> {
                            heard.add(o);
                            if (heard.size() == first) {
                                token.cancel();
                            }
                        },
                        token))
                .isInstanceOf(ExecutionCancelledException.class)
                .hasMessageContaining("arithmetic");
        assertThat(heard).hasSize(first);
        assertThat(heard.stream().filter(o -> !o.passed()))
                .singleElement()
                .satisfies(o -> assertThat(o.check()).isEqualTo(Defect.CHANGES_CAPABILITIES.check()))
                .satisfies(o -> assertThat(o.problem()).hasValue("capabilities change"));
    }

    @Test
    void aBackendThatCannotBeOpenedFailsEveryBattery() {
        List<Outcome> outcomes = ConformanceRun.of("absent", Map.of(), Map.of(), o -> {}, CancellationToken.none());
        assertThat(outcomes).noneMatch(Outcome::passed);
        assertThat(outcomes.stream().map(Outcome::battery).distinct()).hasSize(8);
        assertThat(outcomes.get(0).problem().orElseThrow()).contains("no provider of id 'absent'");
    }
}
