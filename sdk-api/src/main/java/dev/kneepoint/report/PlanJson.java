package dev.kneepoint.report;

import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.ProcessGroup;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import java.io.Writer;

/** Writes a compiled plan as {@code kneepoint.plan/1}: groups, programs, ops with shapes, repeats and dependencies. */
public final class PlanJson {
    private PlanJson() {}

    /**
     * Writes one plan.
     *
     * @param plan the plan
     * @param out where to; not closed
     */
    public static void write(StepPlan plan, Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", "kneepoint.plan/1")
                    .field("model", plan.scenario().workload().model().name())
                    .field("cluster", plan.scenario().cluster().name())
                    .field("strategy", plan.layout().strategy().spec())
                    .field("devices", (long) plan.layout().devices())
                    .field("micro_batches", (long) plan.layout().microBatches())
                    .field("executed_flops", plan.executedFlops())
                    .list("groups");
            plan.groups().forEach(g -> group(json, g));
            json.endList().list("programs");
            plan.programs().forEach(p -> program(json, p));
            json.endList();
            RunJson.memory(json, plan.memory());
            json.end();
        }
    }

    private static void group(JsonOut json, ProcessGroup g) {
        json.object()
                .field("kind", g.kind().label())
                .field("size", (long) g.size())
                .field("per_domain", (long) g.perDomain())
                .list("ranks");
        g.ranks().forEach(json::item);
        json.endList().end();
    }

    private static void program(JsonOut json, RankProgram p) {
        json.object()
                .field("stage", (long) p.stage())
                .field("ranks", (long) p.ranks())
                .list("segments");
        for (Segment s : p.segments()) {
            json.object()
                    .field("kind", s.kind().label())
                    .field("chunk", (long) s.chunk())
                    .field("runs", p.runs(s))
                    .field("flops", s.flops())
                    .list("blocks");
            s.blocks().forEach(b -> block(json, b));
            json.endList().end();
        }
        json.endList().end();
    }

    private static void block(JsonOut json, Block b) {
        json.object().field("name", b.name()).field("repeat", (long) b.repeat()).list("ops");
        for (Op op : b.ops()) {
            json.object()
                    .field("name", op.name())
                    .field("stream", op.stream().label())
                    .field("shape", op.shape());
            if (op.flops() > 0) {
                json.field("flops", op.flops());
            }
            if (!op.waits().isEmpty()) {
                json.list("waits");
                op.waits().forEach(json::item);
                json.endList();
            }
            op.signals().ifPresent(e -> json.field("signals", e));
            json.end();
        }
        json.endList().end();
    }
}
