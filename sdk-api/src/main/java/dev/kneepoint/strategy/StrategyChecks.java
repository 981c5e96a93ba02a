package dev.kneepoint.strategy;

import dev.kneepoint.units.Checks;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The rules of a strategy that need neither workload nor cluster. Messages are made only where a rule is broken: a search
 * makes millions of strategies.
 */
final class StrategyChecks {
    private StrategyChecks() {}

    static void check(
            DataKind data,
            int shardGroup,
            int tensor,
            boolean sequenceParallel,
            int pipeline,
            int virtualStages,
            PipelineScheduleKind schedule,
            List<Integer> split,
            List<Axis> order) {
        if (data == DataKind.HSDP) {
            require(shardGroup != 0, () -> "hsdp needs its shard group, for example hsdp=8");
            Checks.range("hsdp", shardGroup, 1, ParallelismStrategy.MAX_DEGREE);
        } else {
            require(shardGroup == 0, () -> "only hsdp has a shard group, not " + data);
        }
        require(tensor > 1 || !sequenceParallel, () -> "sp=on needs tp above 1");
        if (pipeline == 1) {
            require(virtualStages == 1, () -> "vpp=" + virtualStages + " needs pp above 1");
            require(
                    schedule == PipelineScheduleKind.ONE_F_ONE_B,
                    () -> "sched=" + schedule.label() + " needs pp above 1");
        }
        boolean interleaved = schedule == PipelineScheduleKind.INTERLEAVED;
        require(
                virtualStages == 1 || interleaved,
                () -> "vpp=" + virtualStages + " needs sched=interleaved, not " + schedule.label());
        require(virtualStages > 1 || !interleaved, () -> "sched=interleaved needs vpp of at least 2");
        long chunks = (long) pipeline * virtualStages;
        require(
                split.isEmpty() || split.size() == chunks,
                () -> "split names " + split.size() + " chunks, but pp*vpp is " + chunks);
        for (int layers : split) {
            require(layers >= 1, () -> "split gives a stage " + layers + " layers; every stage needs at least 1");
        }
        require(
                order.equals(ParallelismStrategy.DEFAULT_ORDER)
                        || (order.size() == Axis.values().length
                                && EnumSet.copyOf(order).size() == order.size()),
                () -> "order must name tp, cp, dp and pp once each, not "
                        + order.stream().map(Axis::label).collect(Collectors.joining("-")));
    }

    private static void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new IllegalArgumentException(message.get());
        }
    }
}
