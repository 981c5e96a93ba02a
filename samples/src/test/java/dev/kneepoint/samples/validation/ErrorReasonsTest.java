package dev.kneepoint.samples.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorReasonsTest {
    private static List<String> reasons(ValidationRow row) {
        return new ErrorReasons(List.of(row)).of(row);
    }

    @Test
    void ordinaryRow_hasNone() {
        assertThat(reasons(RunsFile.row("a", 3))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "date=2023-05| first year of the device (H100, 2023-05)",
                "activation_ckpt=| not printed: recomputation",
                "seq_len=65536 cp=8 gpus=64 global_batch=8| sequence of 65536 tokens",
                "tp=16 gpus=64| tensor group of 16 over nodes of 8",
                "pp=4 grad_accum=2| fewer micro-batches (2) than stages (4)",
                "experts=8 topk=2 ep=8| mixture of experts at micro-batch 1: host-bound",
                "pp=2 gpus=16 source=nanotron| pipeline over nodes in the sweep whose runs of that kind often stalled"
            })
    void columns_giveReasons(String changes, String reason) {
        assertThat(reasons(RunsFile.row("a", 3, changes.split(" ")))).contains(reason.strip());
    }

    @Test
    void modelThatHardlyFits_isNearTheMemoryLimit() {
        ValidationRow row = RunsFile.row("a", 3, "layers=80", "hidden=8192", "heads=64", "kv_heads=64");
        assertThat(reasons(row)).anyMatch(r -> r.startsWith("near the memory limit: the estimate is "));
    }

    @Test
    void shortStep_saysSo() {
        assertThat(reasons(RunsFile.row("a", 0.1))).contains("step of under 0.2 s: fixed and host time count");
    }

    @Test
    void rowUnlikeItsNeighbours_standsOut() {
        List<ValidationRow> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(RunsFile.row("a" + i, 3.5));
        }
        ValidationRow slow = RunsFile.row("slow", 7);
        all.add(slow);
        assertThat(new ErrorReasons(all).of(slow)).anyMatch(r -> r.startsWith("stands out: the other 5 rows"));
        assertThat(new ErrorReasons(all).of(all.getFirst())).isEmpty();
    }

    @Test
    void suspectRow_hasItsOwnReasonOnly() {
        assertThat(reasons(RunsFile.row("nt-3b-n8-dp16-tp1-pp4-z0-mb1-ga16", 3, "date=2023-05")))
                .singleElement()
                .asString()
                .startsWith("suspect row: 14.0 times as slow");
    }
}
