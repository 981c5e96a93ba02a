package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransferOrderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ddp; 4",
                "fsdp,tp=2,cp=2; 8",
                "zero1,tp=2,pp=2; 8",
                "ddp,pp=4; 4",
                "ddp,pp=4,sched=gpipe; 4",
                "ddp,pp=4,sched=zb-h1; 4",
                "ddp,pp=2,vpp=2; 4"
            })
    void plansOfTheCompiler_areInOrder(String strategy, int ranks) {
        assertThatCode(() -> TransferOrder.check(CpuPlans.plan(CpuPlans.MODEL, strategy, ranks, 16)))
                .doesNotThrowAnyException();
    }

    /** The same plan with the ops of one stage's segments of a kind in another order. */
    private static StepPlan changed(StepPlan plan, int stage, SegmentKind kind, UnaryOperator<List<Op>> change) {
        List<RankProgram> programs = new ArrayList<>(plan.programs());
        RankProgram program = programs.get(stage);
        List<Segment> segments = program.segments().stream()
                .map(s -> s.kind() == kind ? changed(s, change) : s)
                .toList();
        programs.set(stage, new RankProgram(program.stage(), program.ranks(), segments, program.order()));
        return new StepPlan(plan.scenario(), plan.layout(), plan.groups(), programs, plan.memory());
    }

    private static Segment changed(Segment segment, UnaryOperator<List<Op>> change) {
        List<Block> blocks = segment.blocks().stream()
                .map(b -> new Block(b.name(), b.repeat(), change.apply(b.ops())))
                .toList();
        return new Segment(segment.kind(), segment.chunk(), blocks);
    }

    private static List<Op> without(List<Op> ops, boolean sends) {
        return ops.stream()
                .filter(op -> !(op instanceof Op.SendReceive t && t.send() == sends))
                .toList();
    }

    @Test
    void aMessageThatNobodySends_isRefused() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,pp=2", 2, 8);
        assertThatThrownBy(() -> TransferOrder.check(changed(plan, 0, SegmentKind.FORWARD, ops -> without(ops, true))))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("would wait for each other for ever")
                .hasMessageContaining("stage 1 at '");
    }

    @Test
    void messagesOfAnotherSize_areRefused() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,pp=2", 2, 8);
        StepPlan odd = changed(
                plan,
                1,
                SegmentKind.FORWARD,
                ops -> ops.stream()
                        .map(op -> op instanceof Op.SendReceive t && !t.send()
                                ? new Op.SendReceive(
                                        t.name(), false, t.towardsLast(), t.bytes() / 2, t.waits(), t.signals())
                                : op)
                        .toList());
        assertThatThrownBy(() -> TransferOrder.check(odd))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("stage 1 receives")
                .hasMessageContaining("must take their messages in one order");
    }

    @Test
    void collectivesOfStagesInAnotherOrder_areRefused() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,pp=2", 2, 8);
        StepPlan twice = changed(plan, 0, SegmentKind.STEP, TransferOrderTest::twoSums);
        StepPlan reversed = changed(twice, 1, SegmentKind.STEP, ops -> {
            List<Op> out = new ArrayList<>(twoSums(ops));
            Collections.reverse(out);
            return out;
        });
        assertThatCode(() -> TransferOrder.check(changed(twice, 1, SegmentKind.STEP, TransferOrderTest::twoSums)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> TransferOrder.check(reversed))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("same collectives in the same order");
    }

    /** Two all-reduces of different sizes over both stages. */
    private static List<Op> twoSums(List<Op> ops) {
        return List.of(sum("small", 4), sum("large", 64));
    }

    private static Op sum(String name, double bytes) {
        return new Op.Collective(
                name,
                CollectiveKind.ALL_REDUCE,
                GroupKind.EMBEDDING,
                StreamKind.GRADIENT,
                bytes,
                1,
                Overlap.BLOCKING,
                List.of(),
                Optional.empty());
    }
}
