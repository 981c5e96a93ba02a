package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The groups that a plan's ranks need, as every process comes to them by itself, in the same order: one for all ranks, those
 * of each kind and stream, and a pair for each neighbour that messages go to in a direction.
 */
final class RankSplits {
    /** The group of all the plan's ranks. */
    static final String ALL = "all ranks";

    private static final int NONE = -1;

    private final StepPlan plan;
    private final int ranks;
    private final int size;
    private final RankMap map;

    private RankSplits(StepPlan plan, int size) {
        this.plan = plan;
        this.ranks = plan.layout().devices();
        this.size = size;
        this.map = new RankMap(plan.layout());
    }

    /**
     * Colours by rank, by name.
     *
     * @param size ranks of the network, at least those of the plan
     */
    static Map<String, int[]> of(StepPlan plan, int size) {
        return new RankSplits(plan, size).all();
    }

    /** The name of the groups of a kind that a stream uses. */
    static String name(GroupKind kind, StreamKind stream) {
        return kind.label() + " groups, " + stream.label() + " stream";
    }

    /**
     * The name of the pairs that a stage sends to its neighbour by. Pairs of one name have no rank in common.
     *
     * @param stage the sender's
     * @param stages how many there are
     */
    static String name(boolean towardsLast, int stage, int stages) {
        int parity = isAround(towardsLast, stage, stages) ? 2 : stage % 2;
        return "messages towards the " + (towardsLast ? "last" : "first") + " stage, set " + parity;
    }

    private static boolean isAround(boolean towardsLast, int stage, int stages) {
        return stage == (towardsLast ? stages - 1 : 0);
    }

    private Map<String, int[]> all() {
        Map<String, int[]> out = new LinkedHashMap<>();
        if (ranks > 1) {
            int[] together = none();
            Arrays.fill(together, 0, ranks, 0);
            out.put(ALL, together);
        }
        Set<Boolean> directions = new LinkedHashSet<>();
        for (RankProgram program : plan.programs()) {
            for (Segment s : program.segments()) {
                for (Block b : s.blocks()) {
                    b.ops().forEach(op -> add(op, out, directions));
                }
            }
        }
        directions.stream().sorted().forEach(towardsLast -> addPairs(towardsLast, out));
        out.values().removeIf(colours -> Arrays.stream(colours).allMatch(c -> c == NONE));
        return out;
    }

    private int[] none() {
        int[] out = new int[size];
        Arrays.fill(out, NONE);
        return out;
    }

    private void add(Op op, Map<String, int[]> out, Set<Boolean> directions) {
        if (op instanceof Op.Collective c) {
            out.computeIfAbsent(name(c.group(), c.stream()), n -> colours(c.group()));
        } else if (op instanceof Op.SendReceive t) {
            directions.add(t.towardsLast());
        }
    }

    private int[] colours(GroupKind kind) {
        int[] out = none();
        for (int rank = 0; rank < ranks; rank++) {
            List<Integer> group = map.group(kind, rank);
            if (group.size() > 1 && group.contains(rank)) {
                out[rank] = group.getFirst();
            }
        }
        return out;
    }

    private void addPairs(boolean towardsLast, Map<String, int[]> out) {
        int stages = plan.programs().size();
        for (int rank = 0; rank < ranks; rank++) {
            int stage = map.stage(rank);
            if (isAround(towardsLast, stage, stages) && plan.layout().strategy().virtualStages() == 1) {
                continue;
            }
            int[] colours = out.computeIfAbsent(name(towardsLast, stage, stages), n -> none());
            int to = map.peer(rank, Math.floorMod(stage + (towardsLast ? 1 : -1), stages));
            colours[rank] = Math.min(rank, to);
            colours[to] = Math.min(rank, to);
        }
    }
}
