package dev.kneepoint.strategy;

import dev.kneepoint.workload.Recompute;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Legal strategies at random. */
public final class RandomStrategies {
    private RandomStrategies() {}

    /** A strategy whose degrees are small numbers, most of them powers of two. */
    public static ParallelismStrategy next(Random random) {
        ParallelismStrategyBuilder b = ParallelismStrategy.builder();
        DataKind kind = pick(random, DataKind.values());
        if (kind == DataKind.HSDP) {
            b.hsdp(degree(random));
        } else {
            b.data(kind);
        }
        int tensor = degree(random);
        int pipeline = degree(random);
        b.tensor(tensor)
                .pipeline(pipeline)
                .context(degree(random))
                .expert(degree(random))
                .foldedExperts(random.nextBoolean());
        if (tensor > 1) {
            b.sequenceParallel(random.nextBoolean());
        }
        int virtual = 1;
        if (pipeline > 1) {
            PipelineScheduleKind schedule = pick(random, PipelineScheduleKind.values());
            virtual = schedule == PipelineScheduleKind.INTERLEAVED ? 2 + random.nextInt(4) : 1;
            b.schedule(schedule).virtualStages(virtual);
        }
        b.prefetch(pick(random, Prefetch.values()));
        if (random.nextBoolean()) {
            b.microBatch(1 + random.nextInt(8));
        }
        if (random.nextBoolean()) {
            b.recompute(pick(random, Recompute.values()));
        }
        if (random.nextInt(4) == 0) {
            b.split(random.ints((long) pipeline * virtual, 1, 9).boxed().toList());
        }
        if (random.nextBoolean()) {
            List<Axis> order = new ArrayList<>(ParallelismStrategy.DEFAULT_ORDER);
            Collections.shuffle(order, random);
            b.order(order);
        }
        return b.build();
    }

    static int degree(Random random) {
        return random.nextInt(5) == 0 ? 1 + random.nextInt(12) : 1 << random.nextInt(4);
    }

    private static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }
}
