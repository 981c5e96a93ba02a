package dev.kneepoint.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds the records of a segment's blocks. */
final class RecordingSink implements OpSink {
    private final List<Block> blocks = new ArrayList<>();
    private final List<Op> ops = new ArrayList<>();
    private String name = "";
    private int repeat;

    List<Block> blocks() {
        close();
        return blocks;
    }

    private void close() {
        if (!ops.isEmpty()) {
            blocks.add(new Block(name, repeat, ops));
            ops.clear();
        }
    }

    @Override
    public void block(String blockName, int times) {
        close();
        name = blockName;
        repeat = times;
    }

    @Override
    public void matmul(
            String op,
            double rows,
            double columns,
            double inner,
            double count,
            boolean quantised,
            double kernels,
            int wait,
            int signal) {
        ops.add(new Op.Matmul(op, rows, columns, inner, count, quantised, kernels, waits(wait), signals(signal)));
    }

    @Override
    public void attention(
            String op,
            double sequences,
            double queries,
            double length,
            double span,
            double heads,
            double headSize,
            boolean backward,
            double kernels) {
        ops.add(new Op.Attention(
                op, sequences, queries, length, span, heads, headSize, backward, kernels, List.of(), Optional.empty()));
    }

    @Override
    public void memory(
            String op, MemoryKind kind, double bytes, double localExperts, double kernels, int wait, int signal) {
        ops.add(new Op.MemoryBound(op, kind, bytes, localExperts, kernels, waits(wait), signals(signal)));
    }

    @Override
    public void optimizer(String op, double parameters, double bytes, int wait) {
        ops.add(new Op.OptimizerStep(op, parameters, bytes, 2, waits(wait), Optional.empty()));
    }

    @Override
    public void collective(
            String op,
            CollectiveKind kind,
            GroupKind group,
            StreamKind stream,
            double bytes,
            double calls,
            Overlap overlap,
            int wait,
            int signal) {
        ops.add(new Op.Collective(op, kind, group, stream, bytes, calls, overlap, waits(wait), signals(signal)));
    }

    @Override
    public void transfer(String op, boolean send, boolean towardsLast, double bytes) {
        ops.add(new Op.SendReceive(op, send, towardsLast, bytes, List.of(), Optional.empty()));
    }

    private static List<String> waits(int event) {
        return event == OpEvents.NONE ? List.of() : List.of(OpEvents.name(event));
    }

    private static Optional<String> signals(int event) {
        return event == OpEvents.NONE ? Optional.empty() : Optional.of(OpEvents.name(event));
    }
}
