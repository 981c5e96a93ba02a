package dev.kneepoint.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.plan.StreamKind;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankRecordTest {
    @Test
    void classes_overlappingIntervals_goToTheFirstClass() {
        RankRecord record = new RankRecord();
        record.during(TimeClass.LAUNCH, 0, 100);
        record.during(TimeClass.STRAGGLER, 30, 70);
        record.ran("qkv", StreamKind.COMPUTE, 10, 40);
        record.ran("all-reduce", StreamKind.TENSOR, 35, 60);

        double[] classes = record.classes(0, 110);

        assertThat(classes).containsExactly(30, 20, 0, 10, 40, 10);
    }

    @Test
    void classes_windowInside_countsOnlyTheWindow() {
        RankRecord record = new RankRecord();
        record.ran("up", StreamKind.COMPUTE, 10, 40);

        assertThat(record.classes(20, 50)).containsExactly(20, 0, 0, 0, 0, 10);
        assertThat(record.classes(-5, 5)).containsExactly(0, 0, 0, 0, 0, 10);
        assertThat(record.classes(50, 60)).containsExactly(0, 0, 0, 0, 0, 10);
    }

    @Test
    void classes_noteAfterReading_isSeen() {
        RankRecord record = new RankRecord();
        record.ran("up", StreamKind.COMPUTE, 0, 10);
        assertThat(record.classes(0, 20)[TimeClass.COMPUTE.ordinal()]).isEqualTo(10);

        record.ran("down", StreamKind.COMPUTE, 10, 20);

        assertThat(record.classes(0, 20)[TimeClass.COMPUTE.ordinal()]).isEqualTo(20);
    }

    /** Against a count of every nanosecond by itself, and windows against the whole. */
    @Test
    void classes_randomIntervals_agreeWithACountOfEveryInstant() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            RankRecord record = new RankRecord();
            int[] best = new int[200];
            java.util.Arrays.fill(best, TimeClass.IDLE.ordinal());
            for (int i = random.nextInt(30); i > 0; i--) {
                int which = random.nextInt(TimeClass.values().length);
                int start = random.nextInt(200);
                int end = random.nextInt(200);
                record.during(TimeClass.values()[which], start, end);
                for (int t = start; t < end; t++) {
                    best[t] = Math.min(best[t], which);
                }
            }
            double[] expected = new double[TimeClass.values().length];
            for (int b : best) {
                expected[b]++;
            }
            assertThat(record.classes(0, 200)).as("seed " + seed).containsExactly(expected, within(0.0));
            int cut = random.nextInt(200);
            double[] first = record.classes(0, cut);
            double[] second = record.classes(cut, 200);
            for (int i = 0; i < expected.length; i++) {
                assertThat(first[i] + second[i]).as("seed " + seed).isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void timeline_partsAddUpAndBusyTimesAreUnions() {
        RankRecord record = new RankRecord();
        record.ran("a", StreamKind.COMPUTE, 1_000, 3_000);
        record.ran("gather", StreamKind.SHARD, 2_000, 5_000);
        record.ran("reduce", StreamKind.GRADIENT, 4_000, 6_000);
        record.moved(StreamKind.SHARD, 10);
        record.moved(StreamKind.GRADIENT, 20);

        RankTimeline timeline = record.timeline("rank 0", 1_000, 9_000, false);

        assertThat(timeline.parts().total()).isCloseTo(8e-6, within(1e-15));
        assertThat(timeline.busy().compute()).isCloseTo(2e-6, within(1e-15));
        assertThat(timeline.busy().byAxis().get("dp")).isCloseTo(4e-6, within(1e-15));
        assertThat(timeline.busy().bytesByAxis()).containsEntry("dp", 30.0);
        assertThat(timeline.spans()).isEmpty();
    }

    @Test
    void timeline_spansThatOverlapOrLieOutside_areCut() {
        RankRecord record = new RankRecord();
        record.ran("a", StreamKind.COMPUTE, 90, 200);
        record.ran("b", StreamKind.COMPUTE, 190, 400);

        RankTimeline timeline = record.timeline("rank 0", 100, 300, true);

        assertThat(timeline.spans())
                .containsExactly(
                        new Span("a", "compute", 0, 100_000, true), new Span("b", "compute", 100_000, 200_000, true));
    }
}
