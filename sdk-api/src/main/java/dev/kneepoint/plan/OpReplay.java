package dev.kneepoint.plan;

import java.util.List;
import java.util.Optional;

/** Feeds a segment's records to an {@link OpSink}, as the emitter that made them did. */
public final class OpReplay {
    private OpReplay() {}

    /**
     * Replays all blocks.
     *
     * @param segment the segment
     * @param sink receives its ops
     */
    public static void into(Segment segment, OpSink sink) {
        for (Block b : segment.blocks()) {
            sink.block(b.name(), b.repeat());
            for (Op op : b.ops()) {
                one(op, sink);
            }
        }
    }

    private static void one(Op op, OpSink sink) {
        switch (op) {
            case Op.Matmul m ->
                sink.matmul(
                        m.name(),
                        m.rows(),
                        m.columns(),
                        m.inner(),
                        m.count(),
                        m.quantised(),
                        m.kernels(),
                        wait(m.waits()),
                        signal(m.signals()));
            case Op.Attention a ->
                sink.attention(
                        a.name(),
                        a.sequences(),
                        a.queries(),
                        a.length(),
                        a.span(),
                        a.heads(),
                        a.headSize(),
                        a.backward(),
                        a.kernels());
            case Op.MemoryBound m ->
                sink.memory(
                        m.name(),
                        m.kind(),
                        m.bytes(),
                        m.localExperts(),
                        m.kernels(),
                        wait(m.waits()),
                        signal(m.signals()));
            case Op.OptimizerStep o -> sink.optimizer(o.name(), o.parameters(), o.bytes(), wait(o.waits()));
            case Op.Collective c ->
                sink.collective(
                        c.name(),
                        c.kind(),
                        c.group(),
                        c.stream(),
                        c.bytes(),
                        c.calls(),
                        c.overlap(),
                        wait(c.waits()),
                        signal(c.signals()));
            case Op.SendReceive t -> sink.transfer(t.name(), t.send(), t.towardsLast(), t.bytes());
        }
    }

    private static int wait(List<String> events) {
        if (events.size() > 1) {
            throw new IllegalArgumentException("an op waits for " + events + "; at most one event is supported");
        }
        return events.isEmpty() ? OpEvents.NONE : OpEvents.number(events.get(0));
    }

    private static int signal(Optional<String> event) {
        return event.map(OpEvents::number).orElse(OpEvents.NONE);
    }
}
