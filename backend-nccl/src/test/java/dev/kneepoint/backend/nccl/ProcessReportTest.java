package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProcessReportTest {
    private static ProcessReport report(int ranks, double watts, String flag, String driver) {
        return new ProcessReport(
                ranks,
                watts == 0 ? OptionalDouble.empty() : OptionalDouble.of(watts),
                ImmutableSortedSet.of(flag),
                ImmutableSortedMap.of("driver", driver, "device", "1 x H100"));
    }

    @Test
    void aReport_travelsWhole() {
        ProcessReport one = report(2, 350, "throttled", "550");
        ProcessReport other = report(1, 0, "own-matmul", "");
        assertThat(ProcessReport.of(one.toBytes())).isEqualTo(one);
        assertThat(ProcessReport.of(other.toBytes())).isEqualTo(other);
    }

    @Test
    void powerIsTheMeanOfTheRanks_ifAllKnowIt() {
        assertThat(ProcessReport.watts(List.of(report(3, 300, "a", "1"), report(1, 700, "a", "1"))))
                .hasValue(400);
        assertThat(ProcessReport.watts(List.of(report(3, 300, "a", "1"), report(1, 0, "a", "1"))))
                .isEmpty();
        assertThat(ProcessReport.watts(List.of())).isEmpty();
    }

    @Test
    void whatProcessesSayDifferently_isSaidWithTheirNumber() {
        List<ProcessReport> all = List.of(report(1, 0, "a", "550"), report(1, 0, "b", "560"), report(1, 0, "a", "550"));
        assertThat(ProcessReport.flags(all)).containsExactly("a", "b");
        assertThat(ProcessReport.origin(all))
                .containsEntry("driver", "550 (2 processes); 560 (1 processes)")
                .containsEntry("device", "1 x H100 in each of 3 processes");
        assertThat(ProcessReport.origin(all.subList(0, 1))).containsEntry("device", "1 x H100");
    }
}
