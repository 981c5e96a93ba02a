package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReleasePairsTest {
    private static FitRow row(String... changes) {
        return new FitRow(Rows.row(changes), Rows.mapped(changes), 0, 1);
    }

    private static FitRow release(String date, String... changes) {
        List<String> all = new ArrayList<>(List.of(changes));
        all.addAll(List.of("date", date));
        return row(all.toArray(String[]::new));
    }

    @Test
    void of_releasesOfOneLayout_pairsTheFirstWithTheLast() {
        assertThat(ReleasePairs.of(List.of(release("2024-05"), release("2024-03"), release("2024-07"))))
                .containsExactly(new ReleasePairs.Pair(1, 2, 1));
    }

    @Test
    void of_oneRelease_hasNoPair() {
        assertThat(ReleasePairs.of(List.of(release("2024-05"), release("2024-05"))))
                .isEmpty();
        assertThat(ReleasePairs.of(List.of(release(""), release("2024-05")))).isEmpty();
        assertThat(ReleasePairs.of(List.of(release("2027-05"), release("2028-05"))))
                .as("both count as two years after the preset")
                .isEmpty();
    }

    @Test
    void of_whatDiffersInMoreThanTheRelease_isNoPair() {
        FitRow first = release("2024-03");
        for (String[] other : new String[][] {
            {"micro_batch", "2"},
            {"global_batch", "128"},
            {"seq_len", "2048"},
            {"gpus", "16"},
            {"precision", "fp8"},
            {"source", "Somebody else"},
            {"accelerator", "A100-SXM4-80GB"},
            {"attention_impl", "unfused"}
        }) {
            assertThat(ReleasePairs.of(List.of(first, release("2024-07", other))))
                    .as(other[0])
                    .isEmpty();
        }
    }

    @Test
    void of_releasesUnderTwoPresets_isNoPair() {
        String[] megatron = {"source", "NVIDIA NeMo", "dp_kind", "zero1", "tp", "2"};
        assertThat(ReleasePairs.of(List.of(release("2024-09", megatron), release("2025-02", megatron))))
                .hasSize(1);
        assertThat(ReleasePairs.of(List.of(release("2024-09", megatron), release("2025-06", megatron))))
                .isEmpty();
    }

    @Test
    void of_manyLayoutsOfOneFamily_shareItsVote() {
        List<FitRow> rows = new ArrayList<>();
        for (int i = 1; i <= 24; i++) {
            String batch = String.valueOf(8 * i);
            rows.add(release("2024-03", "global_batch", batch));
            rows.add(release("2024-07", "global_batch", batch));
        }
        rows.add(release("2024-03", "source", "Another"));
        rows.add(release("2024-07", "source", "Another"));
        List<ReleasePairs.Pair> pairs = ReleasePairs.of(rows);
        assertThat(pairs).hasSize(25);
        assertThat(pairs.subList(0, 24).stream()
                        .mapToDouble(ReleasePairs.Pair::weight)
                        .sum())
                .isCloseTo(12, within(1e-9));
        assertThat(pairs.getLast().weight()).isEqualTo(1);
    }
}
