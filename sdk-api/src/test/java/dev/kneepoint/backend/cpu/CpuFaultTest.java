package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuFaultTest {
    /** Tensor, pipeline and sharded data ranks: every op kind but all-to-all. */
    private static final StepPlan PLAN = CpuPlans.plan(CpuPlans.MODEL, "zero2,tp=2,pp=2", 8, 4);

    private static final StepPlan EXPERTS = CpuPlans.plan(CpuPlans.EXPERTS, "fsdp,ep=4,cp=2", 8, 8);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @AfterEach
    void leavesNoThread() {
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(t -> t.getName().startsWith("kneepoint-cpu"))
                        .toList())
                .isEmpty();
    }

    @Test
    void aFailureOfAnyOpKindOnAnyRankNamesRankAndOp() {
        for (StepPlan plan : List.of(PLAN, EXPERTS)) {
            RankMap map = new RankMap(plan.layout());
            for (int rank = 0; rank < 8; rank++) {
                for (String op : opOfEachKind(plan.programs().get(map.stage(rank)))) {
                    RankFailedException e = failure(plan, "fail(rank=" + rank + ",op=" + op + ")");
                    assertThat(e.rank()).as(op).isEqualTo(rank);
                    assertThat(e.op()).isEqualTo(op);
                    assertThat(e).hasMessageContaining("cpu.faults asked for it");
                }
            }
        }
    }

    private static List<String> opOfEachKind(RankProgram program) {
        Map<String, String> names = new LinkedHashMap<>();
        for (Segment s : program.segments()) {
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    String kind = op.getClass().getSimpleName()
                            + switch (op) {
                                case Op.Collective c -> c.kind() + " " + c.stream();
                                case Op.SendReceive t -> t.send();
                                case Op.MemoryBound m -> m.kind();
                                case Op.Attention a -> a.backward();
                                case Op.Matmul m -> OpSizes.isWeightGradient(m);
                                case Op.OptimizerStep o -> "";
                            };
                    names.putIfAbsent(kind, op.name());
                }
            }
        }
        assertThat(names).hasSizeGreaterThan(9);
        return new ArrayList<>(names.values());
    }

    private static RankFailedException failure(StepPlan plan, String faults) {
        return failure(plan, Map.of("cpu.faults", faults));
    }

    private static RankFailedException failure(StepPlan plan, Map<String, String> options) {
        long start = System.nanoTime();
        RankFailedException e;
        try (Backend backend = new CpuProvider().open(options)) {
            ExecutionRequest request =
                    new ExecutionRequest(plan, 0, 1, false, Optional.of(DEADLINE), CancellationToken.none());
            e = catchThrowableOfType(RankFailedException.class, () -> backend.execute(request));
        }
        assertThat(e).as(options.toString()).isNotNull();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE.plusSeconds(1));
        return e;
    }

    @Test
    void anAbsentRankIsNamed() {
        for (String op : List.of("tp-gather1", "qkv", "reduce", "gradient-norm", "optimizer")) {
            String faults = "absent(rank=3,op=" + op + ")";
            RankFailedException e = failure(PLAN, Map.of("cpu.faults", faults, "cpu.timeout", "PT1.5S"));
            assertThat(e).as(op).hasMessageContaining("did not arrive within 1500 ms");
            assertThat(e.rank()).as(op + ": " + e.getMessage()).isEqualTo(3);
            assertThat(e.op()).isEqualTo(op);
        }
    }

    @Test
    void aDeadlineNamesWhoHoldsTheRunUp() {
        try (Backend backend = new CpuProvider().open(Map.of("cpu.faults", "absent(rank=5,op=qkv)"))) {
            ExecutionRequest request = new ExecutionRequest(
                    PLAN, 0, 1, false, Optional.of(Duration.ofMillis(300)), CancellationToken.none());
            assertThatThrownBy(() -> backend.execute(request))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageContaining("300 ms")
                    .hasMessageContaining("rank 5 at 'qkv' holds up");
        }
    }

    @Test
    void nanIsNamedWhereItArises() {
        for (String op : List.of("qkv", "attention", "norm1", "optimizer", "activation", "ffn-down-wgrad")) {
            RankFailedException e = failure(PLAN, "nan(rank=6,op=" + op + ")");
            assertThat(e.rank()).isEqualTo(6);
            assertThat(e.op()).isEqualTo(op);
            assertThat(e).hasMessageContaining("NaN");
        }
        assertThat(failure(PLAN, "nan(rank=6,op=tp-gather1)")).hasMessageContaining("op 'tp-gather1': NaN");
        assertThat(failure(PLAN, "nan(rank=0,op=send)")).hasMessageContaining("message from rank 0");
    }

    @Test
    void collectivesThatDoNotMatchAreNamed() {
        assertThat(failure(PLAN, "resize(rank=1,op=tp-gather1)"))
                .hasMessageContaining("rank ")
                .hasMessageContaining("op 'tp-gather1'")
                .hasMessageContaining("tensor group [0, 1]")
                .hasMessageContaining("bytes");
        assertThat(failure(PLAN, "skip(rank=1,op=tp-gather1)"))
                .hasMessageContaining("tp-reduce1")
                .hasMessageContaining("same order");
        assertThat(failure(PLAN, "resize(rank=0,op=send)")).hasMessageContaining("rank 0 sent");
    }

    @Test
    void aWaitThatCannotEndIsFoundBeforeTheTimeout() {
        long start = System.nanoTime();
        RankFailedException e =
                failure(PLAN, Map.of("cpu.faults", "skip(rank=2,op=gradient-norm)", "cpu.timeout", "PT60S"));
        assertThat(e.rank()).isEqualTo(2);
        assertThat(e).hasMessageContaining("ended its step without arriving");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void whatWasNeverReceivedOrGatheredIsNamed() {
        assertThat(failure(without(PLAN, "receive"), Map.of()))
                .hasMessageContaining("were not received; a receive must come before it");
        assertThat(failure(without(CpuPlans.plan(CpuPlans.MODEL, "fsdp", 2, 2), "gather"), Map.of()))
                .hasMessageContaining("waits for 'gathered', which no transfer before it signals");
    }

    private static StepPlan without(StepPlan plan, String op) {
        List<RankProgram> programs = new ArrayList<>();
        for (RankProgram p : plan.programs()) {
            List<Segment> segments = new ArrayList<>();
            for (Segment s : p.segments()) {
                List<Block> blocks = new ArrayList<>();
                for (Block b : s.blocks()) {
                    List<Op> kept = b.ops().stream()
                            .filter(o -> !o.name().equals(op) && !o.name().equals(op + "-root"))
                            .toList();
                    blocks.add(new Block(b.name(), b.repeat(), kept));
                }
                segments.add(new Segment(s.kind(), s.chunk(), blocks));
            }
            programs.add(new RankProgram(p.stage(), p.ranks(), segments, p.order()));
        }
        return new StepPlan(plan.scenario(), plan.layout(), plan.groups(), programs, plan.memory());
    }

    @Test
    void cancellationEndsARunThatHangs() throws InterruptedException {
        CancellationToken token = CancellationToken.create();
        try (Backend backend = new CpuProvider().open(Map.of("cpu.faults", "absent(rank=0,op=qkv)"))) {
            ExecutionRequest request = new ExecutionRequest(PLAN, 0, 1, false, Optional.empty(), token);
            Thread canceller = new Thread(() -> {
                try {
                    Thread.sleep(100);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                token.cancel();
            });
            canceller.start();
            assertThatThrownBy(() -> backend.execute(request))
                    .isInstanceOf(ExecutionCancelledException.class)
                    .hasMessageContaining("8 ranks on the cpu");
            canceller.join();
        }
    }

    @Test
    void interruptionEndsARunAndStaysVisible() {
        Thread.currentThread().interrupt();
        try (Backend backend = new CpuProvider().open(Map.of())) {
            assertThatThrownBy(() -> backend.execute(ExecutionRequest.of(PLAN)))
                    .isInstanceOf(ExecutionCancelledException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
