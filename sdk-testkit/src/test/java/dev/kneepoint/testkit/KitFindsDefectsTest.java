package dev.kneepoint.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A check that cannot fail proves nothing: a deliberately broken backend fails each of them. */
class KitFindsDefectsTest {
    private static final Subject SUBJECT =
            new Subject("broken", Map.of(), Faults.none().fail(0, "qkv").options());

    @AfterEach
    void repair() {
        BrokenProvider.defect = Defect.NONE;
    }

    private static List<Check> checks() {
        List<Check> all = new ArrayList<>();
        all.addAll(LifecycleBattery.checks());
        all.addAll(ArithmeticBattery.checks(SUBJECT));
        all.addAll(CollectiveBattery.checks(SUBJECT));
        all.addAll(TransferBattery.checks(SUBJECT));
        all.addAll(PlanBattery.checks());
        all.addAll(MetricsBattery.checks());
        all.addAll(FailureBattery.checks(SUBJECT));
        all.addAll(EnduranceBattery.checks());
        return all;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void theCheckForADefectFindsIt(Defect defect) {
        // What a backend denies from the first, it has other checks for.
        boolean denies = defect == Defect.HIDES_NUMERICS || defect == Defect.HIDES_BENCH;
        BrokenProvider.defect = denies ? defect : Defect.NONE;
        List<Check> all = checks();
        // And what it has another time, it must not have denied.
        BrokenProvider.defect = defect == Defect.HIDES_BENCH ? Defect.NONE : defect;
        Check check = all.stream()
                .filter(c -> c.name().equals(defect.check()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check '" + defect.check() + "'"));
        Throwable found = catchThrowable(() -> check.body().on(SUBJECT));
        assertThat(found).as(check.name()).isNotNull();
        assertThat(found.getMessage()).isNotBlank();
    }

    @Test
    void everyCheckHasADefectThatItFinds() {
        List<String> names = new ArrayList<>(checks().stream().map(Check::name).toList());
        names.add(Defect.HIDES_NUMERICS.check());
        names.add(Defect.HIDES_BENCH.check());
        assertThat(Arrays.stream(Defect.values()).filter(d -> d != Defect.NONE).map(Defect::check))
                .containsExactlyInAnyOrderElementsOf(new TreeSet<>(names));
    }

    @Test
    void withoutADefectEveryCheckPasses() throws Exception {
        for (Check check : checks()) {
            if (!check.name().equals(Defect.LEAKS_MEMORY.check())) {
                check.body().on(SUBJECT);
            }
        }
    }
}
