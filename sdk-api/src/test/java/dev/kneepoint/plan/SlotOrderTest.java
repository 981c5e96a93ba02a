package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cost.PipelineClock;
import dev.kneepoint.cost.SegmentTimes;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every schedule: complete, in order, free of deadlock, with the bubble of its paper. */
class SlotOrderTest {
    private static final long FORWARD = 1_000;
    private static final long BACKWARD = 1_300;
    private static final long WEIGHT = 700;

    /** Equal chunks, messages without delay. */
    private record Equal(long forward, long backward, long weight) implements SegmentTimes {
        @Override
        public long run(int stage, int chunk, SegmentKind kind, long carry, long start) {
            return switch (kind) {
                case FORWARD, FORWARD_FIRST -> forward;
                case BACKWARD, BACKWARD_LAST -> backward;
                case WEIGHT, WEIGHT_LAST -> weight;
                case STEP -> 0;
            };
        }

        @Override
        public long carry() {
            return 0;
        }

        @Override
        public long sendHop() {
            return 0;
        }
    }

    private interface Shape {
        void check(PipelineScheduleKind schedule, int p, int v, int m);
    }

    private static void all(Shape shape) {
        for (PipelineScheduleKind schedule : PipelineScheduleKind.values()) {
            for (int p = 1; p <= 9; p++) {
                for (int m = 1; m <= 24; m++) {
                    if (schedule != PipelineScheduleKind.INTERLEAVED) {
                        shape.check(schedule, p, 1, m);
                    } else if (m % p == 0) {
                        for (int v = 2; v <= 4; v++) {
                            shape.check(schedule, p, v, m);
                        }
                    }
                }
            }
        }
    }

    private static long end(PipelineScheduleKind schedule, int p, int v, int m, SegmentTimes times) {
        return new PipelineClock().run(schedule, p, v, m, 0, times);
    }

    @Test
    void runsEveryPassOfEveryChunkAndMicroBatchOnceAndInOrder() {
        all((schedule, p, v, m) -> {
            for (int stage = 0; stage < p; stage++) {
                SlotOrder order = new SlotOrder(schedule, stage, p, v, m);
                Map<Long, Integer> slotOf = new HashMap<>();
                for (int i = 0; i < order.slots(); i++) {
                    assertThat(slotOf.put(order.code(i), i))
                            .as("%s slot %d", order, i)
                            .isNull();
                }
                int passes = schedule == PipelineScheduleKind.ZERO_BUBBLE_H1 ? 3 : 2;
                for (int chunk = 0; chunk < v; chunk++) {
                    for (int mb = 0; mb < m; mb++) {
                        int before = -1;
                        for (int pass = 0; pass < passes; pass++) {
                            Integer slot = slotOf.get((long) pass << 60 | (long) chunk << 32 | mb);
                            assertThat(slot)
                                    .as("%s pass %d chunk %d micro-batch %d", order, pass, chunk, mb)
                                    .isNotNull();
                            assertThat(slot)
                                    .as("%s pass %d chunk %d micro-batch %d", order, pass, chunk, mb)
                                    .isGreaterThan(before);
                            before = slot;
                        }
                    }
                }
            }
        });
    }

    @Test
    void neverDeadlocks() {
        all((schedule, p, v, m) -> assertThat(end(schedule, p, v, m, new Equal(1, 1, 1)))
                .as("%s p=%d v=%d m=%d", schedule, p, v, m)
                .isGreaterThanOrEqualTo(2L * v * m));
    }

    @Test
    void pipelinesFillAndDrainAsTheirPapersSay() {
        all((schedule, p, v, m) -> {
            boolean split = schedule == PipelineScheduleKind.ZERO_BUBBLE_H1;
            if (split && m < p) {
                return;
            }
            Equal times = new Equal(FORWARD, BACKWARD, WEIGHT);
            long end = end(schedule, p, v, m, times);
            long work = (long) m * v * (FORWARD + BACKWARD + (split ? WEIGHT : 0));
            long bubble = (p - 1) * (FORWARD + BACKWARD - (split ? WEIGHT : 0));
            assertThat(end - work)
                    .as("bubble of %s p=%d v=%d m=%d", schedule, p, v, m)
                    .isEqualTo(bubble);
            if (!split) {
                double share = (double) (end - work) / end;
                assertThat(share)
                        .as("%s p=%d v=%d m=%d", schedule, p, v, m)
                        .isCloseTo((p - 1.0) / (v * m + p - 1), within(1e-12));
            }
        });
    }

    @Test
    void oneForwardOneBackwardHoldsAtMostAsManyMicroBatchesAsStagesAhead() {
        for (int p = 1; p <= 9; p++) {
            for (int stage = 0; stage < p; stage++) {
                SlotOrder order = new SlotOrder(PipelineScheduleKind.ONE_F_ONE_B, stage, p, 1, 24);
                int held = 0;
                int most = 0;
                for (int i = 0; i < order.slots(); i++) {
                    held += SlotOrder.passOf(order.code(i)) == 0 ? 1 : -1;
                    most = Math.max(most, held);
                }
                assertThat(most).as(order.toString()).isEqualTo(p - stage);
            }
        }
    }
}
