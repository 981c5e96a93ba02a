package dev.kneepoint.plan;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One operation of a rank program. Dependencies are events, as in CUDA: an op waits for the latest op issued before it
 * that signals an event of a name it lists in {@link #waits()}, and for the op before it on its stream.
 */
public sealed interface Op {
    /**
     * The op's name inside its block, for timelines.
     *
     * @return for example {@code qkv}
     */
    String name();

    /**
     * The stream it runs on.
     *
     * @return the stream
     */
    StreamKind stream();

    /**
     * Kernels that an eager framework issues for it; fractions are averages.
     *
     * @return at least 0
     */
    double kernels();

    /**
     * Events that it waits for.
     *
     * @return names, may be empty
     */
    List<String> waits();

    /**
     * The event that its completion signals.
     *
     * @return a name, or empty
     */
    Optional<String> signals();

    /**
     * Operations that it executes.
     *
     * @return a multiply-add counts as two; 0 for transfers
     */
    default double flops() {
        return 0;
    }

    /**
     * Shape or size for people.
     *
     * @return for example {@code 4096x4096x12288}
     */
    String shape();

    /**
     * {@code count} products (rows x inner)(inner x columns).
     *
     * @param name see {@link Op#name()}
     * @param rows m
     * @param columns n
     * @param inner k, the reduction length
     * @param count equal products in one grouped call
     * @param quantised whether operands are in the workload's 8-bit or 4-bit format
     * @param kernels see {@link Op#kernels()}
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record Matmul(
            String name,
            double rows,
            double columns,
            double inner,
            double count,
            boolean quantised,
            double kernels,
            List<String> waits,
            Optional<String> signals)
            implements Op {
        @Override
        public StreamKind stream() {
            return StreamKind.COMPUTE;
        }

        @Override
        public double flops() {
            return 2 * rows * columns * inner * count;
        }

        @Override
        public String shape() {
            String one = String.format(Locale.ROOT, "%.0fx%.0fx%.0f", rows, columns, inner);
            return count == 1 ? one : String.format(Locale.ROOT, "%.0f*%s", count, one);
        }
    }

    /**
     * Causal attention of {@code sequences} sequences.
     *
     * @param name see {@link Op#name()}
     * @param sequences sequences of the micro-batch
     * @param queries query tokens of a sequence on this rank
     * @param length tokens of a whole sequence
     * @param span twice the mean number of keys that a query sees under the causal mask: the length, or less with a
     *     sliding window
     * @param heads query heads on this rank
     * @param headSize mean of key and value head size
     * @param backward whether this is the backward kernel, 2.5 times the forward's operations
     * @param kernels see {@link Op#kernels()}
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record Attention(
            String name,
            double sequences,
            double queries,
            double length,
            double span,
            double heads,
            double headSize,
            boolean backward,
            double kernels,
            List<String> waits,
            Optional<String> signals)
            implements Op {
        @Override
        public StreamKind stream() {
            return StreamKind.COMPUTE;
        }

        /** Executed operations: half of the square, since the kernel is causal. */
        @Override
        public double flops() {
            return (backward ? 2.5 : 1) * 2 * sequences * queries * span * heads * headSize;
        }

        @Override
        public String shape() {
            return String.format(
                    Locale.ROOT, "b%.0f q%.0f k%.0f a%.0f d%.0f", sequences, queries, span, heads, headSize);
        }
    }

    /**
     * Work that moves bytes and computes little.
     *
     * @param name see {@link Op#name()}
     * @param kind what it is
     * @param bytes bytes read and written by a well-fused implementation
     * @param localExperts experts of this rank that the op serves; 0 but for {@link MemoryKind#ROUTING}
     * @param kernels see {@link Op#kernels()}
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record MemoryBound(
            String name,
            MemoryKind kind,
            double bytes,
            double localExperts,
            double kernels,
            List<String> waits,
            Optional<String> signals)
            implements Op {
        @Override
        public StreamKind stream() {
            return StreamKind.COMPUTE;
        }

        @Override
        public String shape() {
            return String.format(Locale.ROOT, "%.0f B", bytes);
        }
    }

    /**
     * The optimizer's update of local parameters.
     *
     * @param name see {@link Op#name()}
     * @param parameters local parameters
     * @param bytes bytes read and written
     * @param kernels see {@link Op#kernels()}
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record OptimizerStep(
            String name, double parameters, double bytes, double kernels, List<String> waits, Optional<String> signals)
            implements Op {
        @Override
        public StreamKind stream() {
            return StreamKind.COMPUTE;
        }

        @Override
        public String shape() {
            return String.format(Locale.ROOT, "%.0f parameters", parameters);
        }
    }

    /**
     * A collective of a process group.
     *
     * @param name see {@link Op#name()}
     * @param kind the collective
     * @param group its group
     * @param stream see {@link Op#stream()}
     * @param bytes bytes as the kind counts them
     * @param calls calls that carry them; a fraction when several ops share a bucket
     * @param overlap what it runs beside
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record Collective(
            String name,
            CollectiveKind kind,
            GroupKind group,
            StreamKind stream,
            double bytes,
            double calls,
            Overlap overlap,
            List<String> waits,
            Optional<String> signals)
            implements Op {
        @Override
        public double kernels() {
            return calls;
        }

        @Override
        public String shape() {
            return String.format(Locale.ROOT, "%s %s %.0f B", kind.label(), group.label(), bytes);
        }
    }

    /**
     * A transfer to or from the neighbouring pipeline stage. The first op of a segment receives, the last one sends.
     *
     * @param name see {@link Op#name()}
     * @param send true to send, false to receive
     * @param towardsLast whether the data travels towards the last stage (activations) or the first (gradients)
     * @param bytes bytes of the message
     * @param waits see {@link Op#waits()}
     * @param signals see {@link Op#signals()}
     */
    record SendReceive(
            String name, boolean send, boolean towardsLast, double bytes, List<String> waits, Optional<String> signals)
            implements Op {
        @Override
        public StreamKind stream() {
            return StreamKind.PIPELINE;
        }

        @Override
        public double kernels() {
            return 1;
        }

        @Override
        public String shape() {
            return String.format(Locale.ROOT, "%s %.0f B", send ? "send" : "receive", bytes);
        }
    }
}
