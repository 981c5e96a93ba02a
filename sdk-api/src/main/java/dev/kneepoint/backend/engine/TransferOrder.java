package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Proves before a run that no rank of a plan waits for ever. Ranks of a stage run one program, so that what they do among
 * themselves is in one order; what stages do with each other is gone through here, each stage strictly in the order of its
 * program and messages buffered. What really runs is ordered by less than that, so that it ends if this does.
 */
final class TransferOrder {
    /** A transfer between stages, at a chunk of a stage. */
    private record Step(Op op, int chunk) {}

    /** A message on its way: the chunk that it goes to, and its size. */
    private record Message(int chunk, double bytes) {}

    /** A lane of messages, which arrive in the order in which they were sent. */
    private record Lane(int sender, boolean towardsLast) {}

    private final StepPlan plan;
    private final RankMap map;
    private final int stages;
    private final Map<GroupKind, List<SortedSet<Integer>>> crossing = new EnumMap<>(GroupKind.class);
    private final List<List<Step>> steps = new ArrayList<>();
    private final int[] at;
    private final Map<Lane, Deque<Message>> lanes = new HashMap<>();

    private TransferOrder(StepPlan plan) {
        this.plan = plan;
        this.map = new RankMap(plan.layout());
        this.stages = plan.programs().size();
        this.at = new int[stages];
    }

    /**
     * Checks a plan.
     *
     * @throws UnsupportedPlanException if ranks would wait for each other, with the ops where
     */
    static void check(StepPlan plan) {
        TransferOrder order = new TransferOrder(plan);
        order.collect();
        order.run();
    }

    /** The stages of a rank's group, for the rank of every stage that stands where rank 0 does. */
    private List<SortedSet<Integer>> stagesOf(GroupKind kind) {
        List<SortedSet<Integer>> out = new ArrayList<>();
        for (int stage = 0; stage < stages; stage++) {
            SortedSet<Integer> here = new TreeSet<>();
            map.group(kind, map.peer(0, stage)).forEach(rank -> here.add(map.stage(rank)));
            out.add(here);
        }
        return out;
    }

    private SortedSet<Integer> members(Op.Collective c, int stage) {
        return crossing.computeIfAbsent(c.group(), this::stagesOf).get(stage);
    }

    private boolean crosses(Op op, int stage) {
        return switch (op) {
            case Op.SendReceive t -> true;
            case Op.Collective c -> {
                SortedSet<Integer> group = members(c, stage);
                yield group.size() > 1 && group.contains(stage);
            }
            case Op.Matmul m -> false;
            case Op.Attention a -> false;
            case Op.MemoryBound m -> false;
            case Op.OptimizerStep o -> false;
        };
    }

    private void collect() {
        for (int stage = 0; stage < stages; stage++) {
            RankProgram program = plan.programs().get(stage);
            SlotOrder order = program.order();
            List<Step> out = new ArrayList<>();
            for (int slot = 0; slot < order.slots(); slot++) {
                long code = order.code(slot);
                collect(program.segment(order.kindOf(code), SlotOrder.chunkOf(code)), stage, out);
            }
            collect(program.segment(SegmentKind.STEP, 0), stage, out);
            steps.add(out);
        }
    }

    private void collect(Segment segment, int stage, List<Step> out) {
        for (Block block : segment.blocks()) {
            List<Step> once = block.ops().stream()
                    .filter(op -> crosses(op, stage))
                    .map(op -> new Step(op, segment.chunk()))
                    .toList();
            for (int i = 0; i < block.repeat() && !once.isEmpty(); i++) {
                out.addAll(once);
            }
        }
    }

    private void run() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (int stage = 0; stage < stages; stage++) {
                while (isOpen(stage) && advance(stage)) {
                    progress = true;
                }
            }
        }
        for (int stage = 0; stage < stages; stage++) {
            if (isOpen(stage)) {
                throw stuck(stage);
            }
        }
    }

    private boolean isOpen(int stage) {
        return at[stage] < steps.get(stage).size();
    }

    private Step head(int stage) {
        return steps.get(stage).get(at[stage]);
    }

    private boolean advance(int stage) {
        Step step = head(stage);
        if (step.op() instanceof Op.SendReceive t) {
            if (t.send()) {
                RankMap.Chunk to = map.beyond(map.peer(0, stage), step.chunk(), t.towardsLast());
                lane(stage, t.towardsLast()).add(new Message(to.chunk(), t.bytes()));
                at[stage]++;
                return true;
            }
            return receive(stage, step, t);
        }
        return meet(stage, (Op.Collective) step.op());
    }

    private Deque<Message> lane(int sender, boolean towardsLast) {
        return lanes.computeIfAbsent(new Lane(sender, towardsLast), l -> new ArrayDeque<>());
    }

    private boolean receive(int stage, Step step, Op.SendReceive t) {
        int sender = map.stage(map.sender(map.peer(0, stage), t.towardsLast()));
        Message message = lane(sender, t.towardsLast()).poll();
        if (message == null) {
            return false;
        }
        if (message.chunk() != step.chunk() || message.bytes() != t.bytes()) {
            throw new UnsupportedPlanException("stage " + stage + " receives " + t.bytes() + " bytes for chunk "
                    + step.chunk() + " at '" + t.name() + "' where stage " + sender + " sends " + message.bytes()
                    + " bytes for chunk " + message.chunk()
                    + "; both ends of a pipeline must take their messages in one order");
        }
        at[stage]++;
        return true;
    }

    private boolean meet(int stage, Op.Collective mine) {
        SortedSet<Integer> members = members(mine, stage);
        for (int other : members) {
            if (!isOpen(other) || !(head(other).op() instanceof Op.Collective theirs) || !isSame(mine, theirs)) {
                return false;
            }
        }
        members.forEach(other -> at[other]++);
        return true;
    }

    private static boolean isSame(Op.Collective a, Op.Collective b) {
        return a.kind() == b.kind() && a.group() == b.group() && a.stream() == b.stream() && a.bytes() == b.bytes();
    }

    private UnsupportedPlanException stuck(int stage) {
        StringBuilder out = new StringBuilder("the plan's stages would wait for each other for ever: ");
        for (int s = 0; s < stages; s++) {
            Op op = isOpen(s) ? head(s).op() : null;
            out.append(s == 0 ? "" : ", ")
                    .append("stage ")
                    .append(s)
                    .append(op == null ? " has ended" : " at '" + op.name() + "' (" + op.shape() + ")");
        }
        return new UnsupportedPlanException(out
                + "; all ranks of a group must issue the same collectives in the same order, and every message needs both"
                + " ends (first seen at stage " + stage + ")");
    }
}
